import { constants, type KeyObject, verify } from "node:crypto";

/** r and s of 32 bytes each (RFC 7518 §3.4), and the one length that Ed25519 has. */
const FIXED_LENGTH = 64;
const PS256_SALT_LENGTH = 32;

interface Signed {
  readonly alg: string;
  /** The JWS signing input (RFC 7515 §5.1). */
  readonly input: string;
  readonly key: KeyObject;
}

/**
 * Is this the signature of `input`? On the spot and not through WebCrypto: proofs are checked on every request, and a turn of the
 * thread pool costs more than the check. The caller has pinned the algorithm to the key.
 * Any doubt is a no.
 */
export function isProofSignature(signature: Buffer, signed: Signed): boolean {
  try {
    return isSignatureOf(signed, signature);
  } catch {
    return false;
  }
}

function isSignatureOf({ alg, input, key }: Signed, signature: Buffer): boolean {
  const data = Buffer.from(input, "latin1");
  switch (alg) {
    case "ES256":
      return (
        signature.length === FIXED_LENGTH &&
        verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature)
      );
    case "EdDSA":
    case "Ed25519":
      return signature.length === FIXED_LENGTH && verify(null, data, key, signature);
    case "PS256":
      return verify(
        "sha256",
        data,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: PS256_SALT_LENGTH },
        signature,
      );
    case "RS256":
      return verify("sha256", data, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
    default:
      return false;
  }
}
