export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The median over the rounds of one figure against another of the same round: what both suffered cancels out. */
export function pairedMedian(
  a: readonly number[],
  b: readonly number[],
  compare: (a: number, b: number) => number,
): number {
  return median(a.flatMap((value, i) => (b[i] === undefined ? [] : [compare(value, b[i])])));
}
