import { createHmac, timingSafeEqual } from "node:crypto";
import { ok, refuse } from "../core/result.ts";
import { decodeBase64url } from "./base64url.ts";
import type { SignatureSource } from "./issuer-verifier.ts";

/** The one algorithm of shared secrets that is taken. */
export const HMAC_ALGORITHM = "HS256";
/** RFC 7518 §3.2: a key at least as long as the hash. */
const MIN_SECRET_BYTES = 32;

/**
 * Signatures by a secret that issuer and gateway share. An issuer has either this or public keys, never both: where both were taken,
 * a public key could be presented as the secret (RFC 8725 §2.1).
 * @throws TypeError for a secret that is too short
 */
export function createHmacSignatures(secret: string): SignatureSource {
  const key = Buffer.from(secret, "utf8");
  if (key.length < MIN_SECRET_BYTES) throw new TypeError("the secret must be at least 32 bytes");
  return {
    async check({ token, alg }) {
      if (alg !== HMAC_ALGORITHM) return refuse("unsupported_algorithm");
      const dot = token.lastIndexOf(".");
      const signature = decodeBase64url(token.slice(dot + 1));
      const expected = createHmac("sha256", key).update(token.slice(0, dot), "latin1").digest();
      const isRight = signature?.length === expected.length && timingSafeEqual(signature, expected);
      return isRight ? ok(0) : refuse("bad_signature");
    },
    isCurrent: () => true,
    refresh: async () => {},
    state: () => "fresh",
  };
}
