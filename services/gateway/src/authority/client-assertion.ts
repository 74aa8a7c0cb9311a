import type { AgentRecord } from "../core/ports/agents.ts";
import type { AssertionVerifier } from "../core/ports/assertions.ts";
import type { Store } from "../core/ports/store.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import type { AuthorityLog } from "./options.ts";
import type { AuthorityRefusal } from "./refusal.ts";
import { fromStore } from "./store-call.ts";

/** A client signs one for one request: it needs no longer life than a slow connection. */
const MAX_LIFETIME_MS = 5 * 60_000;

/**
 * `private_key_jwt` (RFC 7523 §2.2, as 7523bis mends it): signed by a registered key, about itself, for our issuer alone, short,
 * and used once. The `jti` is used up last, so that nobody without the key can use one up or fill the store.
 */
export async function proveByAssertion(
  assertion: string,
  { id, auth, jwks }: AgentRecord,
  options: {
    readonly assertions: AssertionVerifier;
    readonly store: Pick<Store, "consumeOnce">;
    readonly log: AuthorityLog;
  },
): Promise<Result<undefined, AuthorityRefusal>> {
  if (auth !== "private_key_jwt" || jwks === null) return refuse({ kind: "client_credential_wrong" });
  const rules = { client: id, jwks, maxLifetimeMs: MAX_LIFETIME_MS };
  const verified = await options.assertions.verify(assertion, rules);
  if (!verified.ok) return refuse({ kind: "client_assertion_refused", reason: verified.reason });
  const use = { issuer: id, ...verified.value };
  const fresh = await fromStore(() => options.store.consumeOnce(use), options.log);
  if (!fresh.ok) return fresh;
  return fresh.value ? ok(undefined) : refuse({ kind: "client_assertion_refused", reason: "used_before" });
}
