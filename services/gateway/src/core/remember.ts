/**
 * Remembers the answers of a pure function of a string. Bounded: what a caller sends decides the keys, so a flood of new
 * ones costs them a recomputation and nobody any memory.
 */
export function remember<T extends NonNullable<unknown>>(
  judge: (text: string) => T,
  { entries, length }: { readonly entries: number; readonly length: number },
): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const answer = judge(text);
    if (text.length <= length) {
      if (known.size >= entries) known.clear();
      known.set(text, answer);
    }
    return answer;
  };
}
