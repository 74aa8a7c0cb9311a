import { isIdentifier } from "../core/owner.ts";
import type { TokenRefusal } from "../core/refusal.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import type { Json, JsonObject } from "../core/strict-json.ts";

/** A NumericDate past this (the year 5138) is milliseconds by mistake, and would make a token immortal. */
const MAX_NUMERIC_DATE = 1e11;

/** When a token was issued and when it ends, in milliseconds since the epoch. `issuedAt` is 0 where the token does not say. */
export interface Lifetime {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** `exp` (required), `iat` and `nbf` as the token has them (RFC 7519 §4.1.4–6). Does not judge them. */
export function readLifetime(
  claims: JsonObject,
): Result<Lifetime & { readonly notBefore: number }, TokenRefusal> {
  const { exp, iat = 0, nbf = 0 } = claims;
  if (exp === undefined) return refuse("missing_claim");
  if (!isNumericDate(exp) || !isNumericDate(iat) || !isNumericDate(nbf)) return refuse("malformed");
  return ok({ issuedAt: iat * 1000, expiresAt: exp * 1000, notBefore: nbf * 1000 });
}

/**
 * Is the token alive?
 * @param now and `skew` in milliseconds; `skew` is how far the issuer's clock may be from ours, either way
 */
export function judgeLifetime(claims: JsonObject, now: number, skew: number): Result<Lifetime, TokenRefusal> {
  const read = readLifetime(claims);
  if (!read.ok) return read;
  const { issuedAt, expiresAt, notBefore } = read.value;
  if (now >= expiresAt + skew) return refuse("expired");
  // An `iat` ahead of us would also outrun a revocation epoch (S12).
  if (notBefore > now + skew || issuedAt > now + skew) return refuse("not_yet_valid");
  return ok({ issuedAt, expiresAt });
}

function isNumericDate(value: Json): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_NUMERIC_DATE;
}

/** `aud` as a list (RFC 7519 §4.1.3): a string, or strings. */
export function readAudiences(claims: JsonObject): Result<readonly string[], TokenRefusal> {
  const { aud } = claims;
  if (aud === undefined) return refuse("missing_claim");
  const list = Array.isArray(aud) ? aud : [aud];
  if (list.length === 0 || !list.every((one) => typeof one === "string" && one !== "")) {
    return refuse("malformed");
  }
  return ok(list);
}

/** Is the token meant for one of ours? Strings are compared exactly: no prefixes, no trailing slash forgiven. */
export function isMeantFor(audiences: readonly string[], ours: ReadonlySet<string>): boolean {
  return audiences.some((audience) => ours.has(audience));
}

/** `sub`, and `client_id` and `azp` where they are there: identifiers as S09 has them. */
export function readIdentifiers(
  claims: JsonObject,
): Result<{ readonly sub: string; readonly clientIds: readonly string[] }, TokenRefusal> {
  const { sub, client_id, azp } = claims;
  if (sub === undefined) return refuse("missing_claim");
  const clientIds = [client_id, azp].filter((id) => id !== undefined);
  if (!isIdentifier(sub) || !clientIds.every(isIdentifier)) return refuse("bad_identifier");
  return ok({ sub, clientIds });
}

/** The token's id, where it has one that can be used as one. */
export function readJti(claims: JsonObject): string | null {
  return isIdentifier(claims["jti"]) ? claims["jti"] : null;
}
