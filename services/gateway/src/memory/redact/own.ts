import { PATTERNS } from "./patterns.ts";
import type { Found } from "./ranges.ts";

/** What our own patterns find. */
export function findOwn(text: string): readonly Found[] {
  const found: Found[] = [];
  for (const { name, form, secret } of PATTERNS) {
    form.lastIndex = 0;
    for (let match = form.exec(text); match !== null; match = form.exec(text)) {
      const whole = match[0];
      const part = secret === undefined ? whole : (match[secret] ?? whole);
      // The secret is the last thing that any of them matches, or stands there once.
      const start = match.index + whole.lastIndexOf(part);
      if (!part.startsWith("[redacted:")) found.push({ start, end: start + part.length, name });
      if (whole === "") form.lastIndex++;
    }
  }
  return found;
}
