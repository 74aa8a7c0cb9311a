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

/** A proof that has been accepted, until it ends. An id is unique for its key only. */
export interface SeenProof {
  readonly jkt: string;
  readonly jti: string;
  /** When it ends, in milliseconds since the epoch. The same for the same proof, always. */
  readonly until: number;
}

/** Where several processes remember together which proofs they have accepted (S11). */
export interface SharedProofs {
  /** Uses a proof up. `full`: it cannot be remembered, and must not be accepted. Rejects where nobody can be asked. */
  use(proof: SeenProof): Promise<"first" | "repeated" | "full">;
}

/** What is left to ask the other processes; `undefined` in the end: the proof is good. */
export type ProofConfirmation = () => Promise<ProofRefusal | undefined>;

/** A key that the sender of a request has proved to hold, at the token endpoint. */
export interface TokenProof {
  /** RFC 7638 thumbprint: what `cnf.jkt` of an issued token says. */
  readonly jkt: string;
  /** Must be consumed in the store before anything is issued; already used means `invalid_dpop_proof` (S11). */
  readonly use: SingleUse;
}

/** Checks DPoP proofs (RFC 9449 §4.3). No I/O but in a confirmation. */
export interface DpopVerifier {
  /**
   * At a protected route: a proof by the key that the token is bound to, for this very token, not seen before. Where processes
   * remember together, it is good only once it is confirmed.
   */
  verifyAtResource(
    request: ProofRequest,
    token: { readonly text: string; readonly jkt: string },
  ): Result<ProofConfirmation | undefined, ProofRefusal>;
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
