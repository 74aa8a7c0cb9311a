import type { Connection } from "../connect.ts";
import type { Writer, WriteVerbs } from "./verbs.ts";

/** One call of a verb, in a form that can cross to another thread. */
export interface WriteCall {
  readonly verb: keyof WriteVerbs;
  readonly args: readonly unknown[];
}

/** What became of a call. Settled only once it is durable, or not done at all. */
export type WriteOutcome = { readonly value: unknown } | { readonly error: string };

type Calls = readonly WriteCall[];
type Outcomes = readonly WriteOutcome[];

/**
 * Runs calls that arrived together in one transaction, hence with one fsync, which is nearly all a small write costs.
 * `BEGIN IMMEDIATE` takes the write lock before anything is read (S20). A call that throws is undone alone: then all are
 * done again, each in a savepoint. Not at once so, because a savepoint copies every page that a call touches.
 */
export function groupCommit(db: Connection, writer: Writer): (calls: Calls) => Outcomes {
  const run = ({ verb, args }: WriteCall): unknown =>
    (writer.verbs[verb] as (...args: readonly unknown[]) => unknown)(...args);
  let oneThrew = false;
  const together = db.transaction((calls: Calls): Outcomes => {
    writer.reread();
    try {
      return calls.map((call) => ({ value: run(call) }));
    } catch (error) {
      oneThrew = true;
      throw error;
    }
  });

  const alone = db.transaction(run);
  const attempt = (call: WriteCall): WriteOutcome => {
    try {
      return { value: alone(call) };
    } catch (error) {
      // On a full disk and the like SQLite undoes the whole transaction by itself: then nobody's work stands.
      if (!db.inTransaction) throw error;
      writer.reread();
      return { error: messageOf(error) };
    }
  };
  const apart = db.transaction((calls: Calls): Outcomes => {
    writer.reread();
    return calls.map(attempt);
  });

  return (calls) => {
    oneThrew = false;
    try {
      return together.immediate(calls);
    } catch (error) {
      // The lock, the head of the chain or the commit itself failed: that is nobody's call, and trying again is no cure.
      if (!oneThrew) return refuse(calls, error);
    }
    try {
      return apart.immediate(calls);
    } catch (error) {
      return refuse(calls, error);
    }
  };
}

function refuse(calls: Calls, error: unknown): Outcomes {
  return calls.map(() => ({ error: messageOf(error) }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
