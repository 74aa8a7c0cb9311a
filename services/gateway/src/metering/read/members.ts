const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads members of a JSON object from its end, so that the beginning need not be there. Exact, not a search for words: going
 * back from outside all strings, a quote closes one, and the nearest quote before it with an even number of backslashes opened
 * it. What a model writes into a string, or a caller into an argument, stands deeper and is passed over.
 * @param depth 1 for the object's own members, 2 for those of the objects in it
 * @returns each wanted member's JSON text, the last of its name; fewer where the text is no object or begins too late
 */
export function lastMembers(
  text: string,
  wanted: readonly string[],
  { end = text.length, depth = 1 }: { readonly end?: number; readonly depth?: number } = {},
): Map<string, string> {
  const found = new Map<string, string>();
  let level = 0;
  let valueEnd = -1;
  let colon = -1;
  for (let at = end - 1; at >= 0; at--) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      const open = openingQuote(text, at);
      if (open < 0 || level === 0) return found;
      if (level === depth && colon >= 0) {
        const name = text.slice(open + 1, at);
        if (wanted.includes(name) && !found.has(name)) {
          found.set(name, text.slice(colon + 1, valueEnd));
          if (found.size === wanted.length) return found;
        }
        colon = -1;
      }
      at = open;
    } else if (unit === 0x7d || unit === 0x5d) {
      if (level === 0 && unit === 0x5d) return found;
      if (++level === depth) {
        valueEnd = at;
        colon = -1;
      }
    } else if (unit === 0x7b || unit === 0x5b) {
      if (--level <= 0) return found;
    } else if (level === depth) {
      if (unit === 0x3a) colon = at;
      else if (unit === 0x2c) valueEnd = at;
    } else if (level === 0 && unit > 0x20) return found;
  }
  return found;
}

function openingQuote(text: string, close: number): number {
  if (close === 0) return -1;
  for (let open = text.lastIndexOf('"', close - 1); open >= 0; open = text.lastIndexOf('"', open - 1)) {
    let before = open - 1;
    while (before >= 0 && text.charCodeAt(before) === BACKSLASH) before--;
    // Nothing begins with a backslash: what does has been cut, and how many there were is not known.
    if (before < 0 && open > 0) return -1;
    if ((open - before) % 2 === 1) return open;
    if (open === 0) return -1;
  }
  return -1;
}
