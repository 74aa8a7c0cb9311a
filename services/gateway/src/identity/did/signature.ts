import { verify } from "node:crypto";
import { toDer } from "../../core/ecdsa-form.ts";
import { splitToken, type VerificationKey } from "../verify-signature.ts";

/** r and s, or R and S, of 32 bytes each (RFC 7518 §3.4, RFC 8032 §5.1.6, RFC 8812 §3.2). */
const SIGNATURE_BYTES = 64;

/**
 * Is this token, already strictly parsed, signed by this key with this algorithm? Beside `isJwsSignature`, because no
 * registry of the RFCs that it follows lists ES256K among what providers sign with.
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
      : verify("sha256", input, key, toDer(signature));
  } catch {
    return false;
  }
}
