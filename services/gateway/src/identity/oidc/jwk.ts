import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../../core/strict-json.ts";
import type { VerificationKey } from "../verify-signature.ts";
import { hasRocaMark } from "./roca.ts";

/** Algorithms that identity providers sign with. Asymmetric only: a public key must never serve as a shared secret. */
export const SIGNATURE_ALGORITHMS: readonly string[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Algorithms that a curve can serve (RFC 7518 §3.4, RFC 8037, RFC 9864). */
const BY_CURVE: ReadonlyMap<Json | undefined, readonly string[]> = new Map([
  ["P-256", ["ES256"]],
  ["P-384", ["ES384"]],
  ["P-521", ["ES512"]],
  ["Ed25519", ["EdDSA", "Ed25519"]],
]);

const RSA = SIGNATURE_ALGORITHMS.filter((alg) => /^[RP]S/.test(alg));
const MIN_RSA_BITS = 2048;
/** A check costs the square of the length: a huge key would be a lever against us. */
const MAX_RSA_BITS = 8192;
const MAX_RSA_EXPONENT = 2n ** 32n;
const MAX_KEYS = 100;

export interface IssuerKey extends VerificationKey {
  readonly kid: string | undefined;
}

export interface KeyReading {
  readonly keys: readonly IssuerKey[];
  /** What was passed over and why, for the log. */
  readonly passedOver: readonly string[];
}

/**
 * The keys of a JWK Set (RFC 7517 §5) that can verify with one of `algorithms`. Others are passed over, as the RFC asks; a `kid`
 * that several usable keys share names none of them.
 * @returns `undefined` where the document is not a JWK Set
 */
export function readJwkSet(document: Json, algorithms: readonly string[]): KeyReading | undefined {
  if (!isJsonObject(document) || !Array.isArray(document["keys"])) return undefined;
  const list: readonly Json[] = document["keys"];
  if (list.length > MAX_KEYS) return undefined;
  const passedOver: string[] = [];
  const usable: IssuerKey[] = [];
  for (const jwk of list) {
    const key = isJsonObject(jwk) ? readJwk(jwk, algorithms) : "not an object";
    if (typeof key === "string") passedOver.push(key);
    else usable.push(key);
  }
  const keys = usable.filter(({ kid }) => kid === undefined || isAlone(kid, usable));
  if (keys.length < usable.length) passedOver.push("several keys with one kid");
  return { keys, passedOver };
}

function isAlone(kid: string, keys: readonly IssuerKey[]): boolean {
  return keys.filter((key) => key.kid === kid).length === 1;
}

/** One JWK → a key pinned to its algorithms, or why not. */
export function readJwk(jwk: JsonObject, accepted: readonly string[]): IssuerKey | string {
  const { kid, use, key_ops, alg } = jwk;
  if (kid !== undefined && (typeof kid !== "string" || kid === "")) return "a kid that is no string";
  if (use !== undefined && use !== "sig") return "a key that is not for signatures";
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes("verify"))) {
    return "a key whose key_ops lack verify";
  }
  // A private key that was published belongs to everybody.
  if (Object.hasOwn(jwk, "d") || Object.hasOwn(jwk, "k")) return "a private or symmetric key";
  const possible = algorithmsOf(jwk).filter((one) => alg === undefined || alg === one);
  const algorithms = new Set(possible.filter((one) => accepted.includes(one)));
  if (algorithms.size === 0) return "a key for no accepted algorithm";
  const publicKey = importKey(jwk);
  if (publicKey === undefined) return "a key that cannot be read";
  return isSound(publicKey) ? { kid, publicKey, algorithms } : "an RSA key that is not sound";
}

function algorithmsOf({ kty, crv }: JsonObject): readonly string[] {
  if (kty === "RSA") return RSA;
  return kty === "EC" || kty === "OKP" ? (BY_CURVE.get(crv) ?? []) : [];
}

/** Only the members that make the key are handed on; Node checks what they are, and that a point is on its curve. */
function importKey({ kty, crv, x, y, n, e }: JsonObject): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty, crv, x, y, n, e } as JsonWebKey, format: "jwk" });
  } catch {
    return undefined;
  }
}

function isSound(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== "rsa") return true;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  const isExponentSane =
    publicExponent >= 3n && publicExponent % 2n === 1n && publicExponent < MAX_RSA_EXPONENT;
  return (
    modulusLength >= MIN_RSA_BITS &&
    modulusLength <= MAX_RSA_BITS &&
    isExponentSane &&
    !hasRocaMark(modulusOf(key))
  );
}

function modulusOf(key: KeyObject): bigint {
  const { n = "" } = key.export({ format: "jwk" });
  return BigInt(`0x${Buffer.from(n, "base64url").toString("hex")}`);
}
