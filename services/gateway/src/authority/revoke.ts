import { actorChain } from "@attach-dev/protocol";
import type { AgentPrincipal, Principal } from "../core/principal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import type { Form } from "../http/form.ts";
import type { Client } from "./client.ts";
import { tokenRevoked } from "./events.ts";
import type { AuthorityOptions } from "./options.ts";
import type { AuthorityRefusal } from "./refusal.ts";
import { delegationRevocation } from "./revocations/epochs.ts";

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
  // S07: the signature comes first. A forged token with a live `jti` or `dlg` kills nothing; an expired one still does, and so
  // does a bound one without its proof: whoever found it can do no better than end it.
  const verified = await options.identity.verifyOwn(token);
  const holder = verified.ok ? holderOf(verified.value) : undefined;
  if (holder === undefined) return ok(undefined);
  if (holder.client !== client.id) return refuse({ kind: "token_of_another_client" });
  return kill(holder, requestId, options);
}

/** Whose token of ours it is, and what to kill. */
interface Holder extends Pick<AgentPrincipal, "owner" | "jti" | "root" | "session" | "delegation"> {
  readonly client: string;
  readonly chain: readonly string[];
}

function holderOf(principal: Principal): Holder | undefined {
  if (principal.kind === "agent")
    return { ...principal, client: principal.agent, chain: actorChain(principal.act) };
  if (principal.kind === "user") {
    const { owner, jti, login } = principal;
    if (login === undefined || jti === null) return undefined;
    return { owner, jti, root: login.delegation, ...login, client: owner.sub, chain: [] };
  }
  if (principal.account === undefined || principal.jti === null) return undefined;
  const { owner, jti, account } = principal;
  return { owner, jti, root: account.delegation, ...account, chain: [account.client] };
}

async function kill(
  holder: Holder,
  requestId: string,
  { store, revocations, clock, log }: AuthorityOptions,
): Promise<Result<undefined, AuthorityRefusal>> {
  const at = clock.now();
  const record = delegationRevocation(holder.delegation, at);
  try {
    await store.revoke(record, tokenRevoked({ time: at, requestId }, holder, holder.chain));
  } catch (err) {
    log.error({ requestId, err }, "a revocation could not be recorded");
    return refuse({ kind: "store_unavailable" });
  }
  // Before the answer leaves: from here on this process refuses the whole subtree. Also where it was recorded before,
  // since another process may have been the one that did.
  revocations.apply(record);
  return ok(undefined);
}
