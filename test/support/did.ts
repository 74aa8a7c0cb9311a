import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";

/** Keys and tokens of DIDs, made by `node:crypto` alone: apart from the code under test, and able to sign whatever is asked. */
export interface DidKey {
  readonly did: string;
  readonly kid: string;
  readonly alg: "EdDSA" | "ES256" | "ES256K";
  readonly privateKey: KeyObject;
}

export type DidCurve = "Ed25519" | "P-256" | "secp256k1";

const PREFIXES: Readonly<Record<DidCurve, readonly number[]>> = {
  Ed25519: [0xed, 0x01],
  "P-256": [0x80, 0x24],
  secp256k1: [0xe7, 0x01],
};
const ALGORITHMS = { Ed25519: "EdDSA", "P-256": "ES256", secp256k1: "ES256K" } as const;

export function makeDidKey(curve: DidCurve = "Ed25519"): DidKey {
  const { privateKey, publicKey } = generate(curve);
  const { x = "", y } = publicKey.export({ format: "jwk" });
  const parity = y === undefined ? [] : [2 + ((Buffer.from(y, "base64url").at(-1) ?? 0) & 1)];
  const bytes = Buffer.from([...PREFIXES[curve], ...parity, ...Buffer.from(x, "base64url")]);
  const did = `did:key:${multibase(bytes)}`;
  return { did, kid: `${did}#${did.slice(8)}`, alg: ALGORITHMS[curve], privateKey };
}

function generate(curve: DidCurve) {
  if (curve === "Ed25519") return generateKeyPairSync("ed25519");
  return generateKeyPairSync("ec", { namedCurve: curve });
}

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** base58btc of any bytes, leading zeros and all. */
export function multibase(bytes: Uint8Array): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
  let text = "";
  for (; value > 0n; value /= 58n) text = ALPHABET.charAt(Number(value % 58n)) + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return `z${"1".repeat(zeros < 0 ? bytes.length : zeros)}${text}`;
}

/** What a DID token must say, at a time in milliseconds; `changes` override, `undefined` leaves out. */
export function didClaims(did: string, aud: string, now: number): Record<string, unknown> {
  const iat = Math.floor(now / 1000);
  return { iss: did, sub: did, aud, iat, exp: iat + 60, jti: randomUUID() };
}

export function signDid(key: DidKey, claims: object, header: object = {}): string {
  const whole = { alg: key.alg, typ: "JWT", kid: key.kid, ...header };
  const input = `${encode(whole)}.${encode(claims)}`;
  const signature =
    key.alg === "EdDSA"
      ? sign(null, Buffer.from(input), key.privateKey)
      : sign("sha256", Buffer.from(input), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

export const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
