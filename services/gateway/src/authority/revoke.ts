import { actorChain } from "@attach-dev/protocol";
import type { RevocationRecord } from "../core/ports/revocations.ts";
import type { AgentPrincipal } from "../core/principal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import type { Form } from "../http/form.ts";
import type { Client } from "./client.ts";
import { tokenRevoked } from "./events.ts";
import type { AuthorityOptions } from "./options.ts";
import type { AuthorityRefusal } from "./refusal.ts";

/** The longest any agent token may live (CONTRACT §6), whatever the configuration was when it was issued; plus skew. */
const LONGEST_LIFE_MS = (3_600 + 60) * 1000;

export interface RevokeCaller {
  readonly client: Client;
  readonly requestId: string;
}

/**
 * RFC 7009: kills the token's delegation and everything below it. What is not a token of ours is passed over (§2.2), so that
 * the answer tells nothing about it. Repeating changes nothing.
 */
export async function revoke(
  form: Form,
  { client, requestId }: RevokeCaller,
  options: AuthorityOptions,
): Promise<Result<undefined, AuthorityRefusal>> {
  const token = form.get("token");
  if (token === undefined) return refuse({ kind: "missing_parameter", name: "token" });
  // S07: the signature comes first. A forged token with a live `jti` or `dlg` kills nothing; an expired one still does.
  const verified = await options.identity.verifyOwn(token);
  if (!verified.ok || verified.value.kind !== "agent") return ok(undefined);
  if (verified.value.agent !== client.id) return refuse({ kind: "token_of_another_client" });
  return kill(verified.value, requestId, options);
}

async function kill(
  agent: AgentPrincipal,
  requestId: string,
  { store, revocations, clock, log }: AuthorityOptions,
): Promise<Result<undefined, AuthorityRefusal>> {
  const at = clock.now();
  const record: RevocationRecord = { kind: "dlg", value: agent.delegation, at, until: at + LONGEST_LIFE_MS };
  try {
    await store.revoke(record, tokenRevoked({ time: at, requestId }, agent, actorChain(agent.act)));
  } catch (err) {
    log.error({ requestId, err }, "a revocation could not be recorded");
    return refuse({ kind: "store_unavailable" });
  }
  // Before the answer leaves: from here on this process refuses the whole subtree. Also where it was recorded before,
  // since another process may have been the one that did.
  revocations.apply(record);
  return ok(undefined);
}
