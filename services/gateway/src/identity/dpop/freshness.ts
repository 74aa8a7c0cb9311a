import { ok, type Result, refuse } from "../../core/result.ts";
import type { NonceReading } from "./nonces.ts";

/** How far a proof's `iat` may be from our clock, either way, in milliseconds. */
const PROOF_WINDOW_MS = 60_000;

export interface FreshnessQuestion {
  readonly issuedAt: number;
  /** What the proof's nonce says, where it has one that may decide here. */
  readonly nonce: NonceReading | undefined;
  readonly demandsNonce: boolean;
  /** Proofs made before this are refused; milliseconds since the epoch. */
  readonly notBefore: number;
}

/**
 * Was this proof made just now? A nonce of ours decides where there is one, else the `iat` (RFC 9449 §11.1); each proof is judged by
 * one of the two, so that it has one end. A clock that is off is answered with a nonce, which needs no clock.
 * @returns until when it is good and must be remembered, in milliseconds since the epoch
 */
export function judgeFreshness(
  { issuedAt, nonce, demandsNonce, notBefore }: FreshnessQuestion,
  now: number,
): Result<number, "dpop_nonce_required"> {
  if (nonce !== undefined) return nonce.isFresh ? ok(nonce.until) : refuse("dpop_nonce_required");
  const isTimely = Math.abs(now - issuedAt) <= PROOF_WINDOW_MS && issuedAt >= notBefore;
  return demandsNonce || !isTimely ? refuse("dpop_nonce_required") : ok(issuedAt + PROOF_WINDOW_MS);
}
