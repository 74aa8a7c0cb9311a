/** The name most like `word`, when one is near enough to be what was meant. */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  const given = fold(word).slice(0, 64);
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(given, fold(name));
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && distance < (best?.distance ?? Infinity))
      best = { name, distance };
  }
  return best?.name;
}

/** Case and word separators are what people get wrong first. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, "");
}

/** Edits between two words: a letter more, less or other, or two neighbours swapped (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
