import { randomBytes } from "node:crypto";

/** Random bytes kept ahead as hex: one system call and one conversion serve many ids. */
const POOL_BYTES = 4096;
let pool = "";
let used = 0;

/** So many random hex digits. */
export function randomHex(digits: number): string {
  if (used + digits > pool.length) {
    pool = randomBytes(POOL_BYTES).toString("hex");
    used = 0;
  }
  used += digits;
  return pool.slice(used - digits, used);
}

let lastMillisecond = Number.NaN;
let lastPrefix = "";

/** The first 48 bits and the version; the same for all ids of a millisecond. */
function timePrefix(now: number): string {
  const millisecond = Math.floor(now);
  if (millisecond !== lastMillisecond) {
    const time = millisecond.toString(16).padStart(12, "0");
    lastPrefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    lastMillisecond = millisecond;
  }
  return lastPrefix;
}

const VARIANTS = ["8", "9", "a", "b"];

/**
 * A time-ordered unique id (RFC 9562 §5.7, UUIDv7).
 * @param now milliseconds since the epoch
 */
export function uuidv7(now: number): string {
  const random = randomHex(19);
  const variant = VARIANTS[Number.parseInt(random.charAt(18), 16) & 3] ?? "8";
  return `${timePrefix(now)}${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** When a UUIDv7 was made, in milliseconds since the epoch; `undefined` for any other string. */
export function uuidv7Time(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** An opaque secret of 256 bits, base64url. */
export function opaqueSecret(): string {
  return randomBytes(32).toString("base64url");
}
