import type { FastifyRequest } from "fastify";
import { GatewayError } from "../core/errors.ts";
import type { RecallOptions } from "./options.ts";
import { ownView } from "./view.ts";

/**
 * Removes one event. An agent removes what it wrote itself, and never what the gateway has seen it do.
 * @throws GatewayError `not_found`
 */
export async function eraseOne(
  { principal }: FastifyRequest,
  id: string,
  { memory }: Pick<RecallOptions, "memory">,
): Promise<void> {
  const source = principal.kind === "agent" ? "api" : undefined;
  if (!(await memory.remove(ownView(principal), id, source)))
    throw new GatewayError("not_found", "there is no such event, or it is not yours to remove");
}

/**
 * Forgets everything of the caller's, and records that. For the owner alone: no agent does that for them.
 * @returns how many events there were
 * @throws GatewayError `forbidden`
 */
export async function eraseAll(
  { principal, id: requestId, raw }: FastifyRequest,
  { memory, sessions, clock }: Pick<RecallOptions, "memory" | "sessions" | "clock">,
): Promise<number> {
  if (principal.kind === "agent")
    throw new GatewayError("forbidden", "only the user themselves may have everything forgotten");
  const { owner } = principal;
  return memory.eraseAll(owner, {
    time: clock.now(),
    action: "memory.erase",
    decision: "allow",
    reason: null,
    user: { iss: owner.iss, sub: owner.sub },
    chain: [],
    jti: principal.jti,
    root: null,
    session: sessions(principal, raw.headers["user-agent"] ?? ""),
    resource: null,
    policy: null,
    requestId,
  });
}
