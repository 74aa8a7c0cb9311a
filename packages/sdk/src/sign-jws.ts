import { encodeBase64url, encodeText } from "./base64url.ts";
import { AttachError } from "./errors.ts";
import type { WebKey } from "./web-crypto.ts";

type Algorithm = Parameters<typeof crypto.subtle.sign>[0];

/** What a private key signs with: the name of RFC 7518 and the runtime's own. */
interface Signing {
  readonly alg: "ES256" | "RS256" | "PS256" | "EdDSA";
  readonly algorithm: Algorithm;
}

/** @throws AttachError `invalid_argument` for a key that no algorithm we know fits */
function signingOf({ type, algorithm }: WebKey): Signing {
  const { name, namedCurve, hash } = algorithm as {
    name: string;
    namedCurve?: string;
    hash?: { name?: string };
  };
  if (type === "private") {
    if (name === "ECDSA" && namedCurve === "P-256")
      return { alg: "ES256", algorithm: { name, hash: "SHA-256" } as Algorithm };
    if (name === "RSASSA-PKCS1-v1_5" && hash?.name === "SHA-256")
      return { alg: "RS256", algorithm: { name } };
    if (name === "RSA-PSS" && hash?.name === "SHA-256")
      return { alg: "PS256", algorithm: { name, saltLength: 32 } as Algorithm };
    if (name === "Ed25519") return { alg: "EdDSA", algorithm: { name } };
  }
  throw new AttachError(
    "invalid_argument",
    "the private key is none of ES256 (P-256), RS256, PS256 (SHA-256) or Ed25519",
  );
}

/** A compact JWS (RFC 7515 §3.1). */
export async function signJws(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: WebKey,
): Promise<string> {
  const { alg, algorithm } = signingOf(key);
  const input = `${encodeText(JSON.stringify({ alg, ...header }))}.${encodeText(JSON.stringify(claims))}`;
  const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(input));
  return `${input}.${encodeBase64url(signature)}`;
}

/** 128 bits that nobody guesses: `crypto.randomUUID` is missing where a page came by plain http. */
export function randomId(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(16)));
}

/** @throws AttachError `invalid_argument` as signing would */
export function checkSigningKey(key: WebKey): void {
  signingOf(key);
}
