import type { Result } from "../result.ts";
import type { SingleUse } from "./store.ts";

/**
 * JWS algorithms that a proof may use: what metadata and challenges name. Asymmetric only (RFC 9449 §4.3); what clients make by
 * default, and no more.
 */
export const PROOF_ALGORITHMS: readonly string[] = ["ES256", "EdDSA", "Ed25519", "PS256", "RS256"];

/** What a request shows of its proof (RFC 9449 §4.1). */
export interface ProofRequest {
  /** Every `DPoP` header, as sent: exactly one must be there. */
  readonly proofs: readonly string[];
  readonly method: string;
  /** The request target as it came; its query is not compared (RFC 9449 §4.3). */
  readonly target: string;
}

export type ProofRefusal = "invalid_dpop_proof" | "dpop_nonce_required" | "proofs_exhausted";

/** A key that the sender of a request has proved to hold, at the token endpoint. */
export interface TokenProof {
  /** RFC 7638 thumbprint: what `cnf.jkt` of an issued token says. */
  readonly jkt: string;
  /** Must be consumed in the store before anything is issued; already used means `invalid_dpop_proof` (S11). */
  readonly use: SingleUse;
}

/** Checks DPoP proofs (RFC 9449 §4.3). No I/O, no promise. */
export interface DpopVerifier {
  /** At a protected route: a proof by the key that the token is bound to, for this very token, not seen before. */
  verifyAtResource(
    request: ProofRequest,
    token: { readonly text: string; readonly jkt: string },
  ): Result<undefined, ProofRefusal>;
  /**
   * At the token endpoint.
   * @param subjectToken where the proof carries `ath`, it must be of this token: one proof serves for both
   */
  verifyAtTokenEndpoint(
    request: ProofRequest,
    subjectToken: string | undefined,
  ): Result<TokenProof, ProofRefusal>;
  /** A nonce to send in `DPoP-Nonce` (RFC 9449 §8). */
  nonce(): string;
  /** Does every proof need a nonce? Then each answer to one brings the next (§8.2). */
  readonly demandsNonce: boolean;
}
