/**
 * Why a token was not accepted: the tagged reason inside the house. What a caller is told is decided in one exhaustive map
 * (`http/challenge.ts`), so that a new reason cannot leave by accident.
 */
export type TokenRefusal =
  | "malformed"
  | "unsupported_algorithm"
  | "unsupported_header"
  | "wrong_type"
  | "id_token"
  | "unknown_issuer"
  /** A known issuer but for the slash at its end. */
  | "issuer_spelling"
  | "unknown_key"
  | "bad_signature"
  | "missing_claim"
  | "bad_identifier"
  | "expired"
  | "not_yet_valid"
  | "wrong_audience"
  /** An audience of ours but for the slash at its end. */
  | "audience_spelling"
  | "sender_constrained"
  | "revoked"
  | "issuer_unavailable"
  /** A foreign token that the identity provider would not exchange. */
  | "foreign_refused"
  /** A token that is good for one use, presented again. */
  | "used_before"
  /** Its use could not be recorded, so nobody can say that it is the first. */
  | "uses_unrecorded"
  | "too_long_lived"
  /** Presented under the `DPoP` scheme without being bound to a key (RFC 9449 §7.1). */
  | "not_sender_constrained"
  /** A DPoP proof that is absent, or that does not prove what it should (RFC 9449 §4.3). */
  | "invalid_dpop_proof"
  /** The proof needs a nonce of ours (RFC 9449 §8, §9). */
  | "dpop_nonce_required"
  /** The replay cache is full and fails closed (S11). */
  | "proofs_exhausted"
  /** The revocation feed is stale and the configuration says to fail closed (T05). */
  | "revocations_stale";
