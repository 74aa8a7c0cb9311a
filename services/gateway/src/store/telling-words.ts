/** In nearly every text: they find nothing, and cost the most. */
const FILLERS: ReadonlySet<string> = new Set(
  "a about an and are as at be by can did do does for from had has have how i if in is it its me my no not of on or our so that the their then there these they this to was we were what when where which who why will with would you your".split(
    " ",
  ),
);

/** Those that a question is about; all of them where it is about none. */
export function telling(words: readonly string[]): readonly string[] {
  const found = words.filter((word) => !FILLERS.has(word));
  return found.length === 0 ? words : found;
}
