import { telling } from "../../telling-words.ts";

/** Words of a search that count; the rest of a long one is left out. */
const MAX_WORDS = 16;
const MAX_WORD = 64;
/** Of so many words each must be there to be among the first: of a longer search the longest, which are the rarest. */
const MAX_EVERY = 6;

/**
 * Plain words as terms of an FTS5 expression, each in quotes (S22): what a caller writes is never syntax. Anything that is no
 * letter, digit or mark only parts words, as the index does it.
 */
export function termsOf(sought: string): readonly string[] {
  const found = sought.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const words = [...new Set(found.map((word) => word.slice(0, MAX_WORD).toLowerCase()))];
  return telling(words)
    .slice(0, MAX_WORDS)
    .map((word) => `"${word}"`);
}

/**
 * `every`: rows that hold each term. `some`: rows that hold some but not each. A row is found by its text only through the keys,
 * whose column nothing else is looked for in.
 */
export function matching(keys: string, terms: readonly string[], tier: "every" | "some"): string {
  if (terms.length === 0) return keys;
  const longest = terms.toSorted((a, b) => b.length - a.length).slice(0, MAX_EVERY);
  const every = `({text} : (${longest.join(" AND ")}))`;
  if (tier === "every") return `${every} AND (${keys})`;
  return `((${keys}) AND ({text} : (${terms.join(" OR ")}))) NOT ${every}`;
}
