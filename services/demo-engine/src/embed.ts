import { createHash } from "node:crypto";

/** Length of the engine's vectors. */
const DIMENSIONS = 64;

/** A unit vector that depends on the text and nothing else. It means nothing. */
export function embed(text: string): readonly number[] {
  const bytes = createHash("sha512").update(text).digest();
  const raw = Array.from({ length: DIMENSIONS }, (_, index) => (bytes[index] ?? 0) - 127.5);
  const length = Math.hypot(...raw);
  return raw.map((value) => Math.fround(value / length));
}
