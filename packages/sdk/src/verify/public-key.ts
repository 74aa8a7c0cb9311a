import { decodeBase64url } from "../base64url.ts";
import { toMembers } from "../bounded-body.ts";
import type { WebKey } from "../web-crypto.ts";
import type { TokenAlgorithm } from "./parse-token.ts";

/** A key and the one algorithm it is good for. */
export interface PublicKey {
  readonly alg: TokenAlgorithm;
  readonly key: WebKey;
}

const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const MIN_RSA_BYTES = 256;

/** A public JWK of ES256 or RS256; `undefined` for any other, and for one that shows its private half. */
export async function importPublicJwk(value: unknown): Promise<PublicKey | undefined> {
  const jwk = toMembers(value);
  if (jwk === undefined || jwk.has("d") || !["sig", undefined].includes(jwk.get("use") as string))
    return undefined;
  const alg = algorithmOf(jwk);
  if (alg === undefined || !["ES256", "RS256", undefined].includes(jwk.get("alg") as string))
    return undefined;
  if (jwk.has("alg") && jwk.get("alg") !== alg) return undefined;
  const names = alg === "ES256" ? ["kty", "crv", "x", "y"] : ["kty", "n", "e"];
  // Only what makes the key: no `key_ops` or `ext` of theirs decides what we may do with it.
  const members = Object.fromEntries(names.map((name) => [name, jwk.get(name)]));
  try {
    const key = await crypto.subtle.importKey("jwk", members, alg === "ES256" ? ES256 : RS256, true, [
      "verify",
    ]);
    return { alg, key };
  } catch {
    return undefined;
  }
}

function algorithmOf(jwk: ReadonlyMap<string, unknown>): TokenAlgorithm | undefined {
  if (jwk.get("kty") === "EC" && jwk.get("crv") === "P-256") return "ES256";
  const modulus = jwk.get("n");
  const isLong = typeof modulus === "string" && (decodeBase64url(modulus)?.length ?? 0) >= MIN_RSA_BYTES;
  return jwk.get("kty") === "RSA" && isLong ? "RS256" : undefined;
}

export async function isSignedBy(
  { alg, key }: PublicKey,
  signature: Uint8Array<ArrayBuffer>,
  input: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return crypto.subtle.verify(alg === "ES256" ? ES256 : RS256, key, signature, input);
}

/** What a thumbprint is the hash of (RFC 7638 §3), for a P-256 key. */
export function thumbprintInput(jwk: ReadonlyMap<string, unknown>): string {
  const [crv, kty, x, y] = ["crv", "kty", "x", "y"].map((name) => jwk.get(name));
  return JSON.stringify({ crv, kty, x, y });
}
