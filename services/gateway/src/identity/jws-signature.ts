import { constants, type KeyObject, verify } from "node:crypto";
import { toDer } from "../core/ecdsa-form.ts";

/** What is checked: a JWS signing input (RFC 7515 §5.1), under an algorithm that the caller has pinned to the key. */
interface SignedInput {
  readonly alg: string;
  readonly input: Buffer;
  readonly key: KeyObject;
}

/** How an algorithm (RFC 7518 §3.1, RFC 8037 §3.1) checks: on which kind of key, by which rule. */
interface Scheme {
  readonly type: "rsa" | "ec" | "ed25519";
  readonly check: (signed: SignedInput, signature: Buffer) => boolean;
}

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ["RS256", pkcs1("sha256")],
  ["RS384", pkcs1("sha384")],
  ["RS512", pkcs1("sha512")],
  ["PS256", pss("sha256", 32)],
  ["PS384", pss("sha384", 48)],
  ["PS512", pss("sha512", 64)],
  ["ES256", ecdsa("sha256", { curve: "prime256v1", size: 32 })],
  ["ES384", ecdsa("sha384", { curve: "secp384r1", size: 48 })],
  ["ES512", ecdsa("sha512", { curve: "secp521r1", size: 66 })],
  ["EdDSA", ed25519()],
  ["Ed25519", ed25519()],
]);

/**
 * Is this the signature of the input? On the spot and not through WebCrypto, whose turn of the thread pool costs as much as
 * the check (docs/decisions/0006). Any doubt is a no.
 */
export function isJwsSignature(signature: Buffer, signed: SignedInput): boolean {
  const scheme = SCHEMES.get(signed.alg);
  if (scheme === undefined || signed.key.asymmetricKeyType !== scheme.type) return false;
  try {
    return scheme.check(signed, signature);
  } catch {
    return false;
  }
}

function pkcs1(hash: string): Scheme {
  // An RSA key's own default is PKCS #1 v1.5; to name it would cost half as much as the check.
  return { type: "rsa", check: ({ input, key }, signature) => verify(hash, input, key, signature) };
}

/** RFC 7518 §3.5: the salt is as long as the hash. */
function pss(hash: string, saltLength: number): Scheme {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return {
    type: "rsa",
    check: ({ input, key }, signature) => verify(hash, input, { key, padding, saltLength }, signature),
  };
}

/** RFC 7518 §3.4: the algorithm names the curve, and r and s have its length. */
function ecdsa(hash: string, { curve, size }: { readonly curve: string; readonly size: number }): Scheme {
  return {
    type: "ec",
    check: ({ input, key }, signature) =>
      signature.length === 2 * size &&
      key.asymmetricKeyDetails?.namedCurve === curve &&
      verify(hash, input, key, toDer(signature)),
  };
}

function ed25519(): Scheme {
  return {
    type: "ed25519",
    check: ({ input, key }, signature) => signature.length === 64 && verify(null, input, key, signature),
  };
}
