import { type Actor, AGENT_TOKEN_TYPE, type AgentTokenClaims, formatScope } from "@attach-dev/protocol";
import type { SigningKey } from "../core/ports/keys.ts";
import type { DelegationRow, TokenRow } from "../core/ports/store.ts";
import { signJws } from "./jws.ts";

/** Nobody acts for anybody (CONTRACT §6). */
type AccountTokenClaims = Omit<AgentTokenClaims, "act">;

/** The claims of an agent token, exactly those of CONTRACT §6. */
export function agentClaims(token: TokenRow, delegation: DelegationRow, issuer: string): AgentTokenClaims {
  return { ...accountClaims(token, delegation, issuer), act: nestActors(delegation.chain, issuer) };
}

/** The claims of a service account's token: those of an agent token, and no `act`. */
export function accountClaims(
  token: TokenRow,
  delegation: DelegationRow,
  issuer: string,
): AccountTokenClaims {
  const { iss, sub } = token.owner;
  return {
    iss: issuer,
    sub,
    sub_id: { format: "iss_sub", iss, sub },
    aud: token.audience,
    client_id: token.agent,
    jti: token.jti,
    iat: seconds(token.issuedAt),
    exp: seconds(token.expiresAt),
    scope: formatScope(token.scopes),
    ...(token.jkt === null ? {} : { cnf: { jkt: token.jkt } }),
    agent_auth: token.agentAuth,
    sid: delegation.session,
    dlg: delegation.id,
    root: delegation.root,
    anc: delegation.ancestors,
  };
}

/** A person's own token, by their wallet: `amr` (RFC 8176) says how they logged in, and nobody acts. */
export function walletClaims(
  token: TokenRow,
  delegation: DelegationRow,
  issuer: string,
): AccountTokenClaims & { readonly amr: readonly string[] } {
  return { ...accountClaims(token, delegation, issuer), amr: ["siwe"] };
}

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);

/** RFC 8693 §4.1: the outermost actor is the current one. */
function nestActors(chain: readonly string[], iss: string): Actor {
  const [current, ...earlier] = chain;
  if (current === undefined) throw new TypeError("a delegation has at least one actor");
  return earlier.length === 0 ? { sub: current, iss } : { sub: current, iss, act: nestActors(earlier, iss) };
}

/** An access token by its type (RFC 9068 §2.1): no other JWT of ours passes for one. */
export function signToken(claims: AccountTokenClaims, key: SigningKey): string {
  return signJws(AGENT_TOKEN_TYPE, claims, key);
}
