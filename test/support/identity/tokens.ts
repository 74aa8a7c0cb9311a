import { constants, generateKeyPairSync, type KeyObject, type SignKeyObjectInput, sign } from "node:crypto";
import type { JWK } from "jose";

/**
 * Keys and tokens for tests, made with node:crypto alone: an implementation apart from the one under test, and one that signs
 * whatever header and payload it is given, hostile ones too.
 */
export type TestAlgorithm = "ES256" | "RS256" | "PS256" | "EdDSA";

export interface TestKey {
  readonly kid: string;
  readonly alg: TestAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** As an issuer publishes it. */
  readonly jwk: JWK;
}

export function makeKey(kid: string, alg: TestAlgorithm = "ES256", rsaBits = 2048): TestKey {
  const { privateKey, publicKey } = keyPair(alg, rsaBits);
  const jwk = { ...(publicKey.export({ format: "jwk" }) as JWK), kid, alg, use: "sig" };
  return { kid, alg, privateKey, publicKey, jwk };
}

function keyPair(alg: TestAlgorithm, modulusLength: number) {
  if (alg === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  return alg === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("rsa", { modulusLength });
}

/** A token over claims, with the header an identity provider would write; `header` adds to it or overrides it. */
export function signToken(key: TestKey, claims: object, header: object = {}): string {
  const whole = { alg: key.alg, kid: key.kid, typ: "JWT", ...header };
  return signText(key, JSON.stringify(whole), JSON.stringify(claims));
}

/** A token over exactly these bytes. */
export function signText(key: TestKey, header: string | Uint8Array, payload: string | Uint8Array): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signature(key, input).toString("base64url")}`;
}

/** The signature over a signing input, as `alg` of the key has it (RFC 7518 §3). */
export function signature({ alg, privateKey }: Pick<TestKey, "alg" | "privateKey">, input: string): Buffer {
  const how: Record<TestAlgorithm, KeyObject | SignKeyObjectInput> = {
    ES256: { key: privateKey, dsaEncoding: "ieee-p1363" },
    RS256: privateKey,
    PS256: { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    EdDSA: privateKey,
  };
  return sign(alg === "EdDSA" ? null : "sha256", Buffer.from(input), how[alg]);
}

export function encode(part: string | Uint8Array): string {
  return Buffer.from(part).toString("base64url");
}
