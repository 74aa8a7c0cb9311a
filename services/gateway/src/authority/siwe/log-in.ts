import type { WalletLogin } from "../../core/ports/wallet-login.ts";
import { type Result, refuse } from "../../core/result.ts";
import { sessionId } from "../../core/session.ts";
import { rootDelegation } from "../exchange/delegation.ts";
import { type IssuedToken, issue, tokenRow } from "../issue.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { fromStore } from "../store-call.ts";

/** How long a wallet's user token lives, in milliseconds: a person signs again after it. */
const LIFETIME_MS = 15 * 60_000;

export interface WalletRequest {
  readonly message: string;
  readonly signature: string;
  readonly userAgent: string;
  readonly requestId: string;
  /** When it came, in milliseconds. */
  readonly at: number;
}

/**
 * A signed log-in message for a user token of ours: who signed; the nonce is used up; the token is recorded. It is a node of its
 * own in the store, so that it can be listed and revoked, and is never renewed.
 */
export async function logIn(
  { message, signature, userAgent, requestId, at }: WalletRequest,
  wallets: WalletLogin,
  options: AuthorityOptions,
): Promise<Result<IssuedToken, AuthorityRefusal>> {
  const verified = await wallets.verify(message, signature);
  if (!verified.ok) return refuse({ kind: "wallet_refused", refusal: verified.reason });
  const { owner, scopes, use, expiresAt } = verified.value;
  const fresh = await fromStore(() => options.store.consumeOnce(use), options.log);
  if (!fresh.ok) return fresh;
  if (!fresh.value) return refuse({ kind: "wallet_refused", refusal: "unknown_nonce" });
  const session = sessionId(options.sessionKey, owner, userAgent);
  const delegation = rootDelegation({ owner, agent: owner.sub }, { scopes, session, renewableUntil: at }, at);
  const token = tokenRow(delegation, {
    // Its own client: nobody acts for it, and nobody is authenticated but itself.
    holder: { id: owner.sub, authentication: "none", record: null },
    audience: options.publicUrl,
    scopes,
    jkt: null,
    issuedAt: at,
    expiresAt: Math.min(at + LIFETIME_MS, expiresAt ?? Number.POSITIVE_INFINITY),
  });
  const issued = { delegation, isNew: true, token, subjectIssuedAt: null, policy: null };
  return issue({ ...issued, holder: "user", isRegistered: false }, requestId, options);
}
