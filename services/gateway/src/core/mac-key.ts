import { createSecretKey, type KeyObject } from "node:crypto";

const wrapped = new WeakMap<Buffer, KeyObject>();

/** A subkey as `createHmac` takes it fastest: wrapping the bytes anew for each hash costs more than the hash. */
export function macKey(key: Buffer): KeyObject {
  const known = wrapped.get(key);
  if (known !== undefined) return known;
  const fresh = createSecretKey(key);
  wrapped.set(key, fresh);
  return fresh;
}
