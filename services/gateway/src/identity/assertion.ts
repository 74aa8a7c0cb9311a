import type { Clock } from "../core/clock.ts";
import { isIdentifier } from "../core/owner.ts";
import {
  ASSERTION_ALGORITHMS,
  type Assertion,
  type AssertionRefusal,
  type AssertionRules,
  type AssertionVerifier,
} from "../core/ports/assertions.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { isJsonObject, type Json, type JsonObject, parseStrictJson } from "../core/strict-json.ts";
import { judgeLifetime } from "./claims.ts";
import { type IssuerKey, readJwkSet } from "./oidc/jwk.ts";
import { type ParsedJws, parseJws } from "./parse-jws.ts";
import { isSignedBy } from "./verify-signature.ts";

/** How far a client's clock may be from ours, in milliseconds. */
const SKEW_MS = 30_000;
/** Nothing in an assertion nests, but a client may say more than it must. */
const MAX_CLAIMS_DEPTH = 8;

/**
 * RFC 7523bis names `client-authentication+jwt`; most libraries still write `JWT` or nothing. An access token or a DPoP proof is
 * another kind of statement, whoever signed it (RFC 8725 §3.11).
 */
const TYPES: ReadonlySet<string | undefined> = new Set([undefined, "jwt", "client-authentication+jwt"]);

/** @param options `audience`: our issuer, the only audience that an assertion may have (RFC 7523bis) */
export function createAssertionVerifier({
  clock,
  audience,
}: {
  readonly clock: Clock;
  readonly audience: string;
}): AssertionVerifier {
  return {
    claimedClient(token) {
      const read = readAssertion(token);
      const issuer = read.ok ? read.value.claims["iss"] : undefined;
      return isIdentifier(issuer) ? issuer : undefined;
    },
    async verify(token, rules) {
      const read = readAssertion(token);
      if (!read.ok) return read;
      const { jws, claims } = read.value;
      const key = findKey(jws, rules);
      if (!key.ok) return key;
      if (!isSignedBy(jws, key.value)) return refuse("bad_signature");
      return judgeAssertion(claims, { ...rules, audience, now: clock.now() });
    },
  };
}

function readAssertion(
  token: string,
): Result<{ readonly jws: ParsedJws; readonly claims: JsonObject }, AssertionRefusal> {
  const jws = parseJws(token);
  if (!jws.ok) return jws;
  if (!TYPES.has(jws.value.typ)) return refuse("wrong_type");
  const claims = parseStrictJson(jws.value.payload, MAX_CLAIMS_DEPTH);
  return isJsonObject(claims) ? ok({ jws: jws.value, claims }) : refuse("malformed");
}

/** The registered key that the header names; without a `kid`, the only one that serves for its algorithm. */
function findKey(
  { kid, alg }: ParsedJws,
  { jwks }: Pick<AssertionRules, "jwks">,
): Result<IssuerKey, AssertionRefusal> {
  const keys = readJwkSet(jwks as unknown as Json, ASSERTION_ALGORITHMS)?.keys ?? [];
  const fitting = keys.filter(
    (key) => key.algorithms.has(alg) && (kid === undefined || key.kid === kid || key.kid === undefined),
  );
  const named = fitting.filter((key) => key.kid === kid);
  const [key, ...others] = named.length > 0 ? named : fitting;
  return key === undefined || others.length > 0 ? refuse("unknown_key") : ok(key);
}

/** The claims of an assertion whose signature was verified (RFC 7523 §3). Pure. */
function judgeAssertion(
  claims: JsonObject,
  {
    client,
    audience,
    maxLifetimeMs,
    now,
  }: AssertionRules & { readonly audience: string; readonly now: number },
): Result<Assertion, AssertionRefusal> {
  const { iss, sub, aud, jti, iat } = claims;
  if (iss !== client || sub !== client) return refuse("not_of_itself");
  // One audience, as a string or alone in a list: an assertion for several servers could be carried from one to another.
  if ((Array.isArray(aud) && aud.length === 1 ? aud[0] : aud) !== audience) return refuse("wrong_audience");
  if (jti === undefined) return refuse("missing_claim");
  if (!isIdentifier(jti)) return refuse("bad_identifier");
  const lifetime = judgeLifetime(claims, now, SKEW_MS);
  if (!lifetime.ok) return lifetime;
  const { issuedAt, expiresAt } = lifetime.value;
  const isLong =
    expiresAt > now + maxLifetimeMs + SKEW_MS || (iat !== undefined && expiresAt - issuedAt > maxLifetimeMs);
  return isLong ? refuse("too_long_lived") : ok({ jti, expiresAt: expiresAt + SKEW_MS });
}
