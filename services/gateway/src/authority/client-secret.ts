import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { macKey } from "../core/mac-key.ts";

/** Clients whose last proof is remembered; beyond that all are forgotten, and pay the HMAC once more. */
const MAX_PROVED = 4_096;

/**
 * What the store keeps of a client's secret: HMAC-SHA-256 under the subkey "client-secrets" (S13), so that a stolen database
 * alone lets nobody try one. The client's id is hashed with it: a hash that is moved to another row fits nothing there.
 * @param key 32 bytes
 * @returns 64 hex digits
 */
export function hashClientSecret(key: Buffer, id: string, secret: string): string {
  return mac(key, id, secret).toString("hex");
}

/** By the keys it was checked under: what each client (its id and the hash that is kept) has proved to hold, as SHA-256. */
const proved = new WeakMap<readonly Buffer[], Map<string, Buffer>>();

/**
 * Is this the secret whose hash is kept? Compared in constant time, under every key, newest first: `ATTACH_SECRET` may have
 * been rotated since the secret was made. A resource server asks with the same one thousands of times a second, so one that has
 * fitted is known again by a plain hash, a quarter of the HMAC's cost. A changed or removed secret has another hash or none in its
 * record, hence nothing that is remembered fits it.
 */
export function isClientSecret(
  keys: readonly Buffer[],
  client: { readonly id: string; readonly secretHash: string },
  secret: string,
): boolean {
  const digest = hash("sha256", secret, "buffer");
  const place = JSON.stringify([client.id, client.secretHash]);
  const known = proved.get(keys)?.get(place);
  if (known !== undefined && timingSafeEqual(known, digest)) return true;
  if (!fits(keys, client, secret)) return false;
  rememberProof(keys, place, digest);
  return true;
}

function fits(
  keys: readonly Buffer[],
  { id, secretHash }: { readonly id: string; readonly secretHash: string },
  secret: string,
): boolean {
  const kept = Buffer.from(secretHash, "hex");
  return keys.some((key) => {
    const given = mac(key, id, secret);
    return given.length === kept.length && timingSafeEqual(given, kept);
  });
}

function rememberProof(keys: readonly Buffer[], place: string, digest: Buffer): void {
  const proofs = proved.get(keys) ?? new Map<string, Buffer>();
  if (proofs.size >= MAX_PROVED) proofs.clear();
  proved.set(keys, proofs.set(place, digest));
}

/** A JSON array, so that no two pairs read the same. */
function mac(key: Buffer, id: string, secret: string): Buffer {
  return createHmac("sha256", macKey(key))
    .update(JSON.stringify([id, secret]))
    .digest();
}
