import type { KeyObject } from "node:crypto";
import type { JWK } from "jose";

export type SigningAlgorithm = "ES256" | "RS256";

export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The keys this authority signs with: who verifies and who mints look here, who rotates stands behind it. */
export interface SigningKeys {
  /** The key to sign with now. */
  active(): SigningKey;
  /** A published key by id; `undefined` when unknown or withdrawn. */
  find(kid: string): SigningKey | undefined;
  /** The JWK Set to publish: public members only. */
  jwks(): { readonly keys: readonly JWK[] };
}
