import { createHmac, timingSafeEqual } from "node:crypto";
import { macKey } from "../core/mac-key.ts";

/**
 * What the store keeps of a client's secret: HMAC-SHA-256 under the subkey "client-secrets" (S13), so that a stolen database
 * alone lets nobody try one. The client's id is hashed with it: a hash that is moved to another row fits nothing there.
 * @param key 32 bytes
 * @returns 64 hex digits
 */
export function hashClientSecret(key: Buffer, id: string, secret: string): string {
  return mac(key, id, secret).toString("hex");
}

/**
 * Is this the secret whose hash is kept? Compared in constant time, under every key, newest first: `ATTACH_SECRET` may have
 * been rotated since the secret was made.
 */
export function isClientSecret(
  keys: readonly Buffer[],
  client: { readonly id: string; readonly secretHash: string },
  secret: string,
): boolean {
  const kept = Buffer.from(client.secretHash, "hex");
  return keys.some((key) => {
    const given = mac(key, client.id, secret);
    return given.length === kept.length && timingSafeEqual(given, kept);
  });
}

/** A JSON array, so that no two pairs read the same. */
function mac(key: Buffer, id: string, secret: string): Buffer {
  return createHmac("sha256", macKey(key))
    .update(JSON.stringify([id, secret]))
    .digest();
}
