import { isIdentifier } from "../../core/owner.ts";
import type { SingleUse } from "../../core/ports/store.ts";
import type { PermittedActor } from "../../core/principal.ts";
import type { TokenRefusal } from "../../core/refusal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { readBinding } from "../binding.ts";
import { judgeLifetime } from "../claims.ts";
import { isIdToken } from "../id-token.ts";
import { readMayAct } from "../may-act.ts";
import type { ParsedJwt } from "../parse-jwt.ts";

/** How far the signer's clock may be from ours, in milliseconds. */
const SKEW_MS = 30_000;
/** A DID token is made for one use, now. */
const MAX_LIFETIME_MS = 5 * 60_000;

/** A DID token's claims, judged. Nothing is verified yet. */
export interface DidStatement {
  /** As the token writes it. */
  readonly did: string;
  readonly jti: string;
  readonly use: SingleUse;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly jkt: string | null;
  readonly mayAct: PermittedActor | null;
}

/**
 * What a DID token must say: of itself (`iss` = `sub`), to us alone, for five minutes at most, with an id of its own. Pure.
 * @param audience PUBLIC_URL
 */
export function judgeStatement(
  jwt: ParsedJwt,
  audience: string,
  now: number,
): Result<DidStatement, TokenRefusal> {
  const { claims } = jwt;
  // What a wallet signs to log in elsewhere, or to answer a presentation, is no token for us (RFC 8725 §3.11).
  if (isIdToken(jwt)) return refuse("id_token");
  if (jwt.kind !== "plain") return refuse("wrong_type");
  const { iss, sub, aud, jti, iat } = claims;
  if (sub === undefined || jti === undefined || iat === undefined || aud === undefined)
    return refuse("missing_claim");
  if (!isIdentifier(iss) || iss !== sub || !isIdentifier(jti)) return refuse("bad_identifier");
  // One audience: a token for several could be carried from one to another.
  if ((Array.isArray(aud) && aud.length === 1 ? aud[0] : aud) !== audience) return refuse("wrong_audience");
  const lifetime = judgeLifetime(claims, now, SKEW_MS);
  if (!lifetime.ok) return lifetime;
  const { issuedAt, expiresAt } = lifetime.value;
  if (expiresAt <= issuedAt || expiresAt - issuedAt > MAX_LIFETIME_MS) return refuse("too_long_lived");
  // S03: a binding that we cannot check is never dropped.
  const jkt = readBinding(claims);
  if (jkt === undefined) return refuse("sender_constrained");
  const mayAct = readMayAct(claims);
  if (mayAct === undefined) return refuse("malformed");
  // The space keeps these apart from every client's: no identifier has one.
  const use = { issuer: `did-token ${iss}`, jti, expiresAt: expiresAt + SKEW_MS };
  return ok({ did: iss, jti, use, issuedAt, expiresAt, jkt, mayAct });
}
