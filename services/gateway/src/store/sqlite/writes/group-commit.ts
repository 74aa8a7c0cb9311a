import type { Connection } from "../connect.ts";
import type { Writer, WriteVerbs } from "./verbs.ts";

/** One call of a verb, in a form that can cross to another thread. */
export interface WriteCall {
  readonly verb: keyof WriteVerbs;
  readonly args: readonly unknown[];
}

/** What became of a call. Settled only once it is durable, or not done at all. */
export type WriteOutcome = { readonly value: unknown } | { readonly error: string };

/**
 * Runs calls that arrived together in one transaction, hence with one fsync, which is nearly all a small write costs. Each
 * stands in a savepoint: one that throws is undone alone. `BEGIN IMMEDIATE` takes the write lock before anything is read (S20).
 */
export function groupCommit(
  db: Connection,
  writer: Writer,
): (calls: readonly WriteCall[]) => readonly WriteOutcome[] {
  const run = ({ verb, args }: WriteCall): unknown =>
    (writer.verbs[verb] as (...args: readonly unknown[]) => unknown)(...args);
  const one = db.transaction(run);

  const attempt = (call: WriteCall): WriteOutcome => {
    try {
      return { value: one(call) };
    } catch (error) {
      // On a full disk and the like SQLite undoes the whole transaction by itself: then nobody's work stands.
      if (!db.inTransaction) throw error;
      writer.reread();
      return { error: messageOf(error) };
    }
  };
  const all = db.transaction((calls: readonly WriteCall[]) => {
    writer.reread();
    return calls.map(attempt);
  });

  return (calls) => {
    try {
      return all.immediate(calls);
    } catch (error) {
      return calls.map(() => ({ error: messageOf(error) }));
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
