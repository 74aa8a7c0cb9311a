import { MAX_DELEGATION_DEPTH, parseScope } from "@attach-dev/protocol";
import { toMembers } from "../bounded-body.ts";

/** Who calls, on whose behalf, by which chain. */
export interface VerifiedAgent {
  /** The end user, by the issuer that knows them. */
  readonly user: { readonly iss: string; readonly sub: string };
  /** Who acts now: the first of `chain`. Decide by `user`, `agent` and `scopes` only (RFC 8693 §4.1). */
  readonly agent: string;
  /** Every agent on the way from the user, the current one first. */
  readonly chain: readonly string[];
  readonly scopes: readonly string[];
  /** Shared by all agents of one workflow. */
  readonly session: string;
  /** Stable over renewals. */
  readonly delegation: string;
  readonly jti: string;
  readonly expiresAt: Date;
}

/** As {@link VerifiedAgent}, with the key that the token is bound to. */
export interface ReadClaims extends VerifiedAgent {
  readonly jkt: string | undefined;
}

export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  /** Milliseconds that clocks may differ. */
  readonly skew: number;
}

type Claims = ReadonlyMap<string, unknown>;

/** The claims of a token whose signature was verified, judged at `now`; or what is wrong with them, in words. Pure. */
export function judgeClaims(claims: Claims, rules: ClaimRules, now: number): ReadClaims | string {
  if (claims.get("iss") !== rules.issuer) return "the token is of another issuer";
  const audience = claims.get("aud");
  const [only, ...more] = Array.isArray(audience) ? audience : [audience];
  if (only !== rules.audience || more.length > 0) return "the token is for another audience";
  const [exp, iat, nbf] = ["exp", "iat", "nbf"].map((name) => claims.get(name));
  if (typeof exp !== "number" || typeof iat !== "number") return "the token has no lifetime";
  if (exp * 1000 <= now - rules.skew) return "the token has expired";
  const notBefore = typeof nbf === "number" ? Math.max(nbf, iat) : iat;
  if (notBefore * 1000 > now + rules.skew) return "the token is not valid yet: check the clocks";
  return readAgent(claims, rules.issuer, exp) ?? "the token lacks a claim of an agent token";
}

function readAgent(claims: Claims, issuer: string, exp: number): ReadClaims | undefined {
  const [agent, session, delegation, jti] = ["client_id", "sid", "dlg", "jti"].map((name) =>
    claims.get(name),
  );
  const subject = toMembers(claims.get("sub_id"));
  const [iss, sub] = [subject?.get("iss"), subject?.get("sub")];
  const chain = readChain(claims.get("act"), issuer);
  const scope = claims.get("scope");
  const scopes = typeof scope === "string" ? parseScope(scope) : undefined;
  const confirmation = claims.get("cnf");
  const jkt = toMembers(confirmation)?.get("jkt");
  // A binding that we cannot read is not one that may be passed over.
  if (confirmation !== undefined && !isIdentifier(jkt)) return undefined;
  if (!isIdentifier(agent) || !isIdentifier(session) || !isIdentifier(delegation) || !isIdentifier(jti))
    return undefined;
  if (subject?.get("format") !== "iss_sub" || !isIdentifier(iss) || !isIdentifier(sub)) return undefined;
  if (claims.get("sub") !== sub || chain?.[0] !== agent || scopes === undefined) return undefined;
  return {
    ...{ user: { iss, sub }, agent, chain, scopes, session, delegation, jti },
    expiresAt: new Date(exp * 1000),
    jkt: jkt as string | undefined,
  };
}

/** RFC 8693 §4.1, outermost first; each of them of this authority. */
function readChain(act: unknown, issuer: string): readonly string[] | undefined {
  const chain: string[] = [];
  for (let next = act; next !== undefined; ) {
    const actor = toMembers(next);
    const sub = actor?.get("sub");
    if (!isIdentifier(sub) || actor?.get("iss") !== issuer || chain.length === MAX_DELEGATION_DEPTH)
      return undefined;
    chain.push(sub);
    next = actor.get("act");
  }
  return chain;
}

/** S09: it may go into headers, logs and keys. */
function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,255}$/.test(value);
}
