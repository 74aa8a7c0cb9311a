import type { Clock } from "../../core/clock.ts";
import type { IdentityVerifier, Verification } from "../../core/ports/identity.ts";
import type { Outbound } from "../../core/ports/outbound.ts";
import type { TokenRefusal } from "../../core/refusal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { readBinding } from "../binding.ts";
import { judgeLifetime } from "../claims.ts";
import { isIdToken } from "../id-token.ts";
import { type IdentityLog, silentLog } from "../log.ts";
import { type ParsedJwt, parseJwt } from "../parse-jwt.ts";
import { createExchangedTokens, type Exchanged } from "./exchanged.ts";
import type { ForeignIssuer } from "./options.ts";
import { redeem } from "./redeem.ts";

export interface ForeignOptions {
  readonly clock: Clock;
  readonly issuers: readonly ForeignIssuer[];
  /** May reach the token endpoints. Closed with this. */
  readonly outbound: Outbound;
  readonly log?: IdentityLog;
}

/** Longest that an exchange is remembered, in milliseconds: how long a foreign log-out may take to be noticed. */
const REMEMBERED_MS = 5 * 60_000;
/** The same of a refusal: whoever asks again and again does not make us ask the provider each time. */
const REFUSAL_MS = 10_000;
/** How far a foreign clock may be off, in milliseconds. */
const SKEW_MS = 30_000;
/** Exchanges at the same time: anybody can make up tokens that look foreign, and each costs the provider a look. */
const MOST_AT_ONCE = 8;

/**
 * Lets tokens of issuers that we do not trust ourselves be the subject of an exchange, by way of an identity provider that does
 * (RFC 7523). What comes back is judged as any user token of that provider: its signature, audience, life and revocation, at each
 * use. Not as a bearer: our own routes take tokens that we can verify offline.
 */
export function acceptForeign<T extends IdentityVerifier & { close(): void }>(
  identity: T,
  { clock, issuers, outbound, log = silentLog }: ForeignOptions,
): T {
  if (issuers.length === 0) {
    outbound.close();
    return identity;
  }
  const byName = new Map(issuers.map((one) => [one.issuer, one]));
  const exchanged = createExchangedTokens();
  const running = new Map<string, Promise<Exchanged>>();

  function exchange(token: string, issuer: ForeignIssuer): Promise<Exchanged> {
    const same = running.get(token);
    if (same !== undefined) return same;
    if (running.size >= MOST_AT_ONCE) return Promise.resolve(refuse("issuer_unavailable"));
    const one = redeem(token, issuer, { outbound, log }).finally(() => running.delete(token));
    running.set(token, one);
    return one;
  }

  async function verifyForeign(
    jwt: ParsedJwt,
    issuer: ForeignIssuer,
    jkt: string | null,
  ): Promise<Verification> {
    const { token } = jwt;
    const now = clock.now();
    const lifetime = judgeForeign(jwt, now);
    if (!lifetime.ok) return lifetime;
    const known = exchanged.get(token, now);
    const found = known ?? (await exchange(token, issuer));
    if (!found.ok) {
      if (known === undefined && found.reason === "foreign_refused")
        exchanged.keep(token, found, now + REFUSAL_MS);
      return found;
    }
    const judged = await identity.verifySubject(found.value, "access_token", jkt);
    const verdict =
      judged.ok && judged.value.owner.iss !== issuer.idp ? refuse("unknown_issuer" as const) : judged;
    if (!verdict.ok) exchanged.forget(token);
    else if (known === undefined) {
      const until = Math.min(lifetime.value, verdict.value.expiresAt, now + REMEMBERED_MS);
      exchanged.keep(token, found, until);
    }
    return verdict;
  }

  return {
    ...identity,
    async verifySubject(token, type, provenJkt = null) {
      const jwt = type === "id_token" ? undefined : parseJwt(token);
      const iss = jwt?.ok === true ? jwt.value.claims["iss"] : undefined;
      const issuer = typeof iss === "string" ? byName.get(iss) : undefined;
      if (jwt?.ok !== true || issuer === undefined) return identity.verifySubject(token, type, provenJkt);
      return verifyForeign(jwt.value, issuer, provenJkt);
    },
    close() {
      outbound.close();
      identity.close();
    },
  };
}

/** Nothing is proved yet, so this only spares the provider what it could not grant. @returns when it ends */
function judgeForeign(jwt: ParsedJwt, now: number): Result<number, TokenRefusal> {
  if (isIdToken(jwt)) return refuse("id_token");
  // S03: the provider would hand back a plain bearer, and the binding would be lost.
  if (readBinding(jwt.claims) !== null) return refuse("sender_constrained");
  const lifetime = judgeLifetime(jwt.claims, now, SKEW_MS);
  return lifetime.ok ? ok(lifetime.value.expiresAt) : lifetime;
}
