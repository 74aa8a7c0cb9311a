import type { KeyObject } from "node:crypto";
import { decodeBase64url } from "./base64url.ts";
import { isJwsSignature } from "./jws-signature.ts";

/** A public key and the algorithms it may be used with: the key decides, not the token (RFC 8725 §3.1). */
export interface VerificationKey {
  readonly publicKey: KeyObject;
  readonly algorithms: ReadonlySet<string>;
}

/** Is this token, already strictly parsed, signed by this key with this algorithm? Any doubt is a no. */
export function isSignedBy(
  { token, alg }: { readonly token: string; readonly alg: string },
  { publicKey, algorithms }: VerificationKey,
): boolean {
  if (!algorithms.has(alg)) return false;
  const { input, signature } = splitToken(token);
  return isJwsSignature(signature, { alg, input, key: publicKey });
}

/** What was signed, and the signature: of a token that was parsed strictly before. */
export function splitToken(token: string): { readonly input: Buffer; readonly signature: Buffer } {
  const dot = token.lastIndexOf(".");
  const signature = decodeBase64url(token.slice(dot + 1)) ?? Buffer.alloc(0);
  return { input: Buffer.from(token.slice(0, dot), "latin1"), signature };
}
