/**
 * Ethereum's half of secp256k1, loaded when the first wallet comes: nobody else pays for it.
 */
async function load() {
  const [{ secp256k1 }, { keccak_256 }] = await Promise.all([
    import("@noble/curves/secp256k1.js"),
    import("@noble/hashes/sha3.js"),
  ]);
  return { secp256k1, keccak: keccak_256 };
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
/** r, s and v. */
const SIGNATURE_BYTES = 65;

/**
 * An address in the one spelling that we keep (EIP-55). All lower case is read too; in mixed case the checksum must hold, since
 * that is what it is for.
 */
export async function checksumAddress(text: string): Promise<string | undefined> {
  if (!ADDRESS.test(text)) return undefined;
  const { keccak } = await load();
  const plain = text.slice(2).toLowerCase();
  const hash = Buffer.from(keccak(Buffer.from(plain, "latin1"))).toString("hex");
  const spelled = [...plain].map((digit, at) => (hash.charAt(at) >= "8" ? digit.toUpperCase() : digit));
  const address = `0x${spelled.join("")}`;
  return text === address || text === `0x${plain}` ? address : undefined;
}

export async function keccak256(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return (await load()).keccak(Buffer.concat(parts));
}

/**
 * Whose signature of `digest` this is: r‖s‖v of 65 bytes. `v` is demanded (27, 28, or 0, 1): without it there are two answers. A
 * high s is the same signature written another way, and refused (EIP-2).
 * @returns the address, checksummed; `undefined` for what is no signature
 */
export async function recoverAddress(digest: Uint8Array, signature: Uint8Array): Promise<string | undefined> {
  const v = signature[64] ?? -1;
  const recovery = v >= 27 ? v - 27 : v;
  if (signature.length !== SIGNATURE_BYTES || (recovery !== 0 && recovery !== 1)) return undefined;
  const { secp256k1, keccak } = await load();
  try {
    const read = secp256k1.Signature.fromBytes(signature.subarray(0, 64), "compact").addRecoveryBit(recovery);
    if (read.hasHighS()) return undefined;
    const point = read.recoverPublicKey(digest).toBytes(false);
    const hash = keccak(point.subarray(1));
    return await checksumAddress(`0x${Buffer.from(hash.subarray(-20)).toString("hex")}`);
  } catch {
    return undefined;
  }
}
