import { verify } from "node:crypto";
import { decodeBase64url } from "../base64url.ts";
import type { VerificationKey } from "../verify-signature.ts";

/** r and s, or R and S, of 32 bytes each (RFC 7518 §3.4, RFC 8032 §5.1.6, RFC 8812 §3.2). */
const SIGNATURE_BYTES = 64;

/** What was signed, and the signature: of a token that was parsed strictly before. */
export function splitToken(token: string): { readonly input: Buffer; readonly signature: Buffer } {
  const dot = token.lastIndexOf(".");
  const signature = decodeBase64url(token.slice(dot + 1)) ?? Buffer.alloc(0);
  return { input: Buffer.from(token.slice(0, dot), "latin1"), signature };
}

/**
 * Is this token, already strictly parsed, signed by this key with this algorithm? By `node:crypto`, because jose has no ES256K.
 * Any doubt is a no.
 */
export function isSignedByDid(
  { token, alg }: { readonly token: string; readonly alg: string },
  { publicKey: key, algorithms }: VerificationKey,
): boolean {
  const { input, signature } = splitToken(token);
  if (!algorithms.has(alg) || signature.length !== SIGNATURE_BYTES) return false;
  try {
    return alg.startsWith("Ed")
      ? verify(null, input, key, signature)
      : verify("sha256", input, { key, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
}
