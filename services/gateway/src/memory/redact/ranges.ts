/** Where a secret stands in a text, and what it is called. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** What stands where a secret was. */
export const mark = (name: string): string => `[redacted:${name}]`;

/** The text without what was found; what overlaps goes as one, by the name of the first. */
export function takeOut(text: string, found: readonly Found[]): string {
  if (found.length === 0) return text;
  const sorted = found.toSorted((a, b) => a.start - b.start || b.end - a.end);
  let clean = "";
  let at = 0;
  for (const { start, end, name } of sorted) {
    if (end <= at) continue;
    // What begins within the one before only prolongs it.
    if (start >= at) clean += text.slice(at, start) + mark(name);
    at = end;
  }
  return clean + text.slice(at);
}
