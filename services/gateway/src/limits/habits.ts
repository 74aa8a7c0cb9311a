/** How much a user's calls of a model usually write, where the caller sets no bound: the largest of late. */
export interface Habits {
  /** `undefined`: nothing is known yet. */
  expected(key: string): number | undefined;
  learn(key: string, written: number): void;
}

/** Users and models that are remembered: who is forgotten is estimated by the configured reserve again. */
const MOST = 10_000;
/** How fast a large answer is forgotten, by call. */
const FADES = 0.9;
/** On top of the largest, so that the next one fits too. */
const MORE = 1.25;
const AT_LEAST = 8;

export function createHabits(): Habits {
  const largest = new Map<string, number>();
  return {
    expected(key) {
      const known = largest.get(key);
      return known === undefined ? undefined : Math.ceil(known * MORE) + AT_LEAST;
    },
    learn(key, written) {
      const known = largest.get(key) ?? 0;
      if (largest.size >= MOST && known === 0) largest.clear();
      largest.set(key, Math.max(written, known * FADES));
    },
  };
}
