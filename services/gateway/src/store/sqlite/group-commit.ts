import type { Connection } from "./connect.ts";

type Outcome = { readonly value: unknown } | { readonly error: unknown };

interface Waiting {
  readonly work: () => unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export interface GroupCommit {
  /** Runs `work` in a transaction of its own making; settles when it is durable, or not done at all. */
  write<T>(work: () => T): Promise<T>;
  /** Writes at once what is waiting. */
  flush(): void;
}

/**
 * Writes that arrive together share one transaction, hence one fsync, which is nearly all a small write costs. Each stands
 * in a savepoint: one that throws is undone alone. `BEGIN IMMEDIATE` takes the write lock before anything is read (S20).
 */
export function createGroupCommit(db: Connection): GroupCommit {
  let waiting: Waiting[] = [];

  const one = db.transaction((work: () => unknown) => work());
  const all = db.transaction((group: readonly Waiting[]) => group.map(({ work }) => attempt(work)));

  const attempt = (work: () => unknown): Outcome => {
    try {
      return { value: one(work) };
    } catch (error) {
      // On a full disk and the like SQLite undoes the whole transaction by itself: then nobody's work stands.
      if (!db.inTransaction) throw error;
      return { error };
    }
  };

  const flush = (): void => {
    const group = waiting;
    if (group.length === 0) return;
    waiting = [];
    let outcomes: readonly Outcome[];
    try {
      outcomes = all.immediate(group);
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined || "error" in outcome) reject(outcome?.error);
      else resolve(outcome.value);
    });
  };

  return {
    flush,
    write<T>(work: () => T): Promise<T> {
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      });
    },
  };
}
