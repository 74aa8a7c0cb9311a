import { createPublicKey, ECDH, type JsonWebKey, type KeyObject } from "node:crypto";
import type { VerificationKey } from "../verify-signature.ts";
import { decodeBase58 } from "./base58.ts";

/** A kind of key as multicodec names it, and what a key of that kind may sign with: the codec decides, not the token. */
interface Codec {
  /** The varint of the codec, minimal: any other spelling of it has another length or other bytes. */
  readonly prefix: readonly [number, number];
  readonly keyBytes: number;
  readonly algorithms: ReadonlySet<string>;
  read(key: Buffer): Promise<KeyObject | undefined>;
}

const CODECS: readonly Codec[] = [
  {
    prefix: [0xed, 0x01],
    keyBytes: 32,
    algorithms: new Set(["EdDSA", "Ed25519"]),
    read: readEd25519,
  },
  {
    prefix: [0x80, 0x24],
    keyBytes: 33,
    algorithms: new Set(["ES256"]),
    read: async (key) => readPoint(key, { crv: "P-256", name: "prime256v1" }),
  },
  {
    prefix: [0xe7, 0x01],
    keyBytes: 33,
    algorithms: new Set(["ES256K"]),
    read: async (key) => readPoint(key, { crv: "secp256k1", name: "secp256k1" }),
  },
];

/** What a `did:key` may be as text: 34 or 35 bytes in base58btc, all with the first digit of the codecs above. */
const MULTIBASE = /^z[1-9A-HJ-NP-Za-km-z]{47,48}$/;

/**
 * The key that a multibase text is (`z…`: base58btc of codec and key), pinned to the algorithms of its kind.
 * @returns `undefined` for any other text, other kinds of key, and points that are not on their curve or belong to nobody
 */
export async function readMultikey(multibase: string): Promise<VerificationKey | undefined> {
  const bytes = MULTIBASE.test(multibase) ? decodeBase58(multibase.slice(1)) : undefined;
  const codec = CODECS.find(
    ({ prefix: [first, second], keyBytes }) =>
      bytes?.length === 2 + keyBytes && bytes[0] === first && bytes[1] === second,
  );
  if (bytes === undefined || codec === undefined) return undefined;
  const publicKey = await codec.read(bytes.subarray(2));
  return publicKey === undefined ? undefined : { publicKey, algorithms: codec.algorithms };
}

/**
 * Node takes any 32 bytes as an Ed25519 key. A point of small order is one whose signatures anybody can make, so a DID made of it
 * would be everybody's; an encoding that is not canonical would be a second name of a key.
 */
async function readEd25519(key: Buffer): Promise<KeyObject | undefined> {
  const { ed25519 } = await import("@noble/curves/ed25519.js");
  try {
    const point = ed25519.Point.fromBytes(key);
    if (point.isSmallOrder() || !point.isTorsionFree()) return undefined;
  } catch {
    return undefined;
  }
  return importJwk({ kty: "OKP", crv: "Ed25519", x: key.toString("base64url") });
}

/** Unfolds a compressed point; OpenSSL refuses one that is not on the curve. */
function readPoint(
  key: Buffer,
  { crv, name }: { readonly crv: string; readonly name: string },
): KeyObject | undefined {
  if (key[0] !== 0x02 && key[0] !== 0x03) return undefined;
  try {
    const point = ECDH.convertKey(key, name, undefined, undefined, "uncompressed") as Buffer;
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
    return importJwk({ kty: "EC", crv, x, y } as JsonWebKey);
  } catch {
    return undefined;
  }
}

function importJwk(key: JsonWebKey): KeyObject {
  return createPublicKey({ key, format: "jwk" });
}
