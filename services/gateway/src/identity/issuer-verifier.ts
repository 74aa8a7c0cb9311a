import type { Clock } from "../core/clock.ts";
import type { TokenRefusal } from "../core/refusal.ts";
import { ok, type Result } from "../core/result.ts";
import {
  type ExternalPrincipal,
  type ExternalRules,
  judgeAccessToken,
  judgeIdToken,
} from "./external-principal.ts";
import type { ParsedJwt } from "./parse-jwt.ts";
import type { Remembered, TrustSource } from "./remembered.ts";

/** What an issuer's signatures are checked by: its public keys, or a secret shared with it. */
export interface SignatureSource {
  /** The generation of the keys that the signature stands by. */
  check(jwt: ParsedJwt): Promise<Result<number, TokenRefusal>>;
  /** Does what was checked under this generation still stand? Synchronous. */
  isCurrent(generation: number): boolean;
  /** Never rejects. */
  refresh(): Promise<void>;
  /** For readiness: `stale`: the last fetch failed and the keys before it are still good. `none`: nothing can be verified. */
  state(): "fresh" | "stale" | "none";
}

export interface IssuerVerifier {
  /** An access token, at a route or as a subject. */
  verify(jwt: ParsedJwt): Promise<Result<Remembered, TokenRefusal>>;
  /** An ID token as a subject (S06). */
  verifyIdToken(jwt: ParsedJwt): Promise<Result<ExternalPrincipal, TokenRefusal>>;
  readonly signatures: SignatureSource;
}

/** Verifies the tokens of one issuer: the signature first, then what they say. */
export function createIssuerVerifier({
  clock,
  rules,
  signatures,
}: {
  readonly clock: Clock;
  readonly rules: ExternalRules;
  readonly signatures: SignatureSource;
}): IssuerVerifier {
  const source: TrustSource = {
    audiences: rules.audiences,
    vouchesFor: (generation) => typeof generation === "number" && signatures.isCurrent(generation),
  };
  return {
    signatures,
    async verify(jwt) {
      const signed = await signatures.check(jwt);
      if (!signed.ok) return signed;
      const judged = judgeAccessToken(jwt, rules, clock.now());
      return judged.ok ? ok({ principal: judged.value, source, stamp: signed.value }) : judged;
    },
    async verifyIdToken(jwt) {
      const signed = await signatures.check(jwt);
      return signed.ok ? judgeIdToken(jwt, rules, clock.now()) : signed;
    },
  };
}
