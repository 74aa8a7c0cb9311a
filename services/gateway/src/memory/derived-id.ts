import { hash } from "node:crypto";

/**
 * A UUIDv7 that is the same whenever it is made again of the same: so an event that is stored twice is one.
 * @param time milliseconds since the epoch
 */
export function derivedId(time: number, of: string): string {
  const digest = hash("sha256", of);
  const at = Math.floor(time).toString(16).padStart(12, "0");
  const variant = "89ab"[Number.parseInt(digest.charAt(3), 16) & 3];
  return `${at.slice(0, 8)}-${at.slice(8)}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
}
