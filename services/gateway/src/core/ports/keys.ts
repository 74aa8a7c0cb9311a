import type { KeyObject } from "node:crypto";
import type { JWK } from "jose";

export type SigningAlgorithm = "ES256" | "RS256";

/** The half of a key that tells whether it has signed something. */
export interface VerificationKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject;
}

/** The keys this authority signs with: who verifies and who mints look here, who rotates stands behind it. */
export interface SigningKeys {
  /** The key to sign with now. */
  active(): SigningKey;
  /** A published key by id; `undefined` when unknown or withdrawn. */
  find(kid: string): VerificationKey | undefined;
  /** Any key there ever was, retired ones too: for what is verified long after it was signed, such as checkpoints. */
  findEver(kid: string): VerificationKey | undefined;
  /** The JWK Set to publish: public members only. */
  jwks(): { readonly keys: readonly JWK[] };
}
