/** Words of a search that count; the rest of a long one is left out. */
const MAX_WORDS = 16;
const MAX_WORD = 64;

/**
 * Plain words as terms of an FTS5 expression, each in quotes (S22): what a caller writes is never syntax. Anything that is no
 * letter, digit or mark only parts words, as the index does it.
 */
export function termsOf(words: string): readonly string[] {
  const found = words.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return [...new Set(found.map((word) => word.slice(0, MAX_WORD).toLowerCase()))]
    .slice(0, MAX_WORDS)
    .map((word) => `"${word}"`);
}

/** `every`: rows that hold each term. `some`: rows that hold some but not each. */
export function matching(keys: string, terms: readonly string[], tier: "every" | "some"): string {
  if (terms.length === 0) return keys;
  const every = `({text} : (${terms.join(" AND ")}))`;
  if (tier === "every") return `(${keys}) AND ${every}`;
  return `((${keys}) AND ({text} : (${terms.join(" OR ")}))) NOT ${every}`;
}
