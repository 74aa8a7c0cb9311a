import { findByLibrary } from "./library.ts";
import { findOwn } from "./own.ts";
import { type Found, takeOut } from "./ranges.ts";

/** Between two texts that are looked at as one: nothing that any rule matches goes over it. */
const BETWEEN = "\n\u0000\u0000\n";

/**
 * Texts without their secrets (S22), each in its place. Twice by our own patterns: a secret may show only when the one in front
 * of it is gone.
 */
export async function redactTexts(texts: readonly string[]): Promise<readonly string[]> {
  const joined = texts.join(BETWEEN);
  const found = await findByLibrary(joined);
  let start = 0;
  return texts.map((text) => {
    const mine = within(found, start, start + text.length);
    start += text.length + BETWEEN.length;
    const once = takeOut(text, [...findOwn(text), ...mine]);
    return once === text ? text : takeOut(once, findOwn(once));
  });
}

/** What was found of the joined texts that concerns one of them, in its own places. */
function within(found: readonly Found[], start: number, end: number): readonly Found[] {
  return found
    .filter((one) => one.end > start && one.start < end)
    .map(({ name, ...one }) => ({
      name,
      start: Math.max(0, one.start - start),
      end: Math.min(end, one.end) - start,
    }));
}
