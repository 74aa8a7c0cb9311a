import { isKnownScope } from "@attach-dev/protocol";
import { GatewayError } from "../../core/errors.ts";
import { uuidv7 } from "../../core/ids.ts";
import type { GrantRecord } from "../../core/ports/agents.ts";
import { type Management, managed } from "./events.ts";
import { manages, notYours } from "./manager.ts";
import type { RegistryOptions } from "./options.ts";
import { iso } from "./page.ts";
import type { GrantCreate, GrantShape } from "./schema.ts";

export function showGrant({
  id,
  owner,
  agent,
  scopes,
  memory,
  createdAt,
  expiresAt,
  revokedAt,
}: GrantRecord): GrantShape {
  return {
    id,
    owner: { iss: owner.iss, sub: owner.sub },
    agent,
    scopes: [...scopes],
    ...(memory === null ? {} : { memory }),
    createdAt: iso(createdAt),
    ...(expiresAt === null ? {} : { expiresAt: iso(expiresAt) }),
    ...(revokedAt === null ? {} : { revokedAt: iso(revokedAt) }),
  };
}

/**
 * A user allows an agent, within what the user may do; nobody does it for them, `admin` neither.
 * @throws GatewayError `bad_request`, `forbidden`
 */
export async function putGrant(
  { agent, scopes, memory, expiresIn }: GrantCreate,
  management: Management,
  { store, clock, most }: RegistryOptions,
): Promise<GrantShape> {
  const { owner, scopes: held } = management.manager;
  if (owner === null) throw new GatewayError("forbidden", "only a user grants");
  const unknown = scopes.find((scope) => !isKnownScope(scope));
  if (unknown !== undefined) throw new GatewayError("bad_request", `there is no scope ${unknown}`);
  const beyond = scopes.filter((scope) => !held.has(scope));
  if (beyond.length > 0)
    throw new GatewayError(
      "forbidden",
      `a grant stays within one's own scopes: ${beyond.slice(0, 8).join(" ")}`,
    );
  const now = clock.now();
  const grant: GrantRecord = {
    id: uuidv7(now),
    owner,
    agent,
    scopes,
    memory: memory ?? null,
    createdAt: now,
    expiresAt: expiresIn === undefined ? null : now + expiresIn * 1000,
    revokedAt: null,
  };
  const outcome = await store.putGrant(
    grant,
    managed("grant.create", management, { time: now, resource: grant.id, chain: [agent] }),
    most?.grants ?? null,
  );
  if (outcome === "too_many")
    throw new GatewayError("forbidden", `a user may have grants to ${most?.grants} agents at most`);
  return showGrant(grant);
}

/**
 * Takes a grant back: nothing more is issued by it. What was issued lives out its minutes, or is revoked.
 * @throws GatewayError `not_found`, `forbidden`
 */
export async function revokeGrant(
  id: string,
  management: Management,
  { store, clock }: RegistryOptions,
): Promise<void> {
  const grant = await store.findGrantById(id);
  if (grant === undefined) throw absent();
  if (!manages(management.manager, grant.owner)) throw notYours();
  const now = clock.now();
  const event = managed("grant.revoke", management, { time: now, resource: id, chain: [grant.agent] });
  if ((await store.revokeGrant(id, now, event)) === "absent") throw absent();
}

const absent = () => new GatewayError("not_found", "there is no such grant");
