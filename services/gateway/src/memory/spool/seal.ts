import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/**
 * What waits on the disk before it is redacted is sealed (S22): AES-256-GCM, which also tells a batch that was changed. Every
 * process has a key of its own, derived with a salt that the batch names, so that a counter serves as the nonce and none can
 * come twice.
 *
 * `version (1) · salt (16) · counter (12) · tag (16) · ciphertext`
 */
const VERSION = 1;
const SALT = 16;
const NONCE = 12;
const TAG = 16;
const HEAD = 1 + SALT + NONCE;

/** @param key the subkey of the newest secret */
export function createSealer(key: Buffer): (plain: Buffer) => Uint8Array {
  const salt = randomBytes(SALT);
  const own = processKey(key, salt);
  let count = 0n;
  return (plain) => {
    const sealed = Buffer.allocUnsafe(HEAD + TAG + plain.length);
    sealed[0] = VERSION;
    salt.copy(sealed, 1);
    sealed.fill(0, 1 + SALT, HEAD);
    sealed.writeBigUInt64LE(count++, 1 + SALT);
    const cipher = createCipheriv("aes-256-gcm", own, sealed.subarray(1 + SALT, HEAD));
    cipher.setAAD(sealed.subarray(0, HEAD));
    cipher.update(plain).copy(sealed, HEAD + TAG);
    cipher.final();
    cipher.getAuthTag().copy(sealed, HEAD);
    return sealed;
  };
}

/** @param keys the subkeys of every secret, newest first: a batch may have waited while the secret was rotated */
export function createOpener(keys: readonly Uint8Array[]): (sealed: Uint8Array) => Buffer {
  return (bytes) => {
    const sealed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (sealed[0] !== VERSION || sealed.length < HEAD + TAG) throw new Error("not a sealed batch");
    for (const key of keys) {
      const plain = tryOpen(sealed, key);
      if (plain !== undefined) return plain;
    }
    throw new Error("a batch was changed, or sealed under a secret that ATTACH_SECRET does not list");
  };
}

function tryOpen(sealed: Buffer, key: Uint8Array): Buffer | undefined {
  const own = processKey(key, sealed.subarray(1, 1 + SALT));
  const decipher = createDecipheriv("aes-256-gcm", own, sealed.subarray(1 + SALT, HEAD), {
    authTagLength: TAG,
  });
  decipher.setAAD(sealed.subarray(0, HEAD));
  decipher.setAuthTag(sealed.subarray(HEAD, HEAD + TAG));
  const plain = decipher.update(sealed.subarray(HEAD + TAG));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

function processKey(key: Uint8Array, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, "attach-gateway/1/memory-spool/process", 32));
}
