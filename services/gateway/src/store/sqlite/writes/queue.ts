import { StoreError } from "../../store-error.ts";
import type { WriteCall, WriteOutcome } from "./group-commit.ts";
import type { WriteVerbs } from "./verbs.ts";

/** Runs a verb in a transaction; settles when it is durable, or not done at all. */
export type Write = <Verb extends keyof WriteVerbs>(
  verb: Verb,
  ...args: Parameters<WriteVerbs[Verb]>
) => Promise<ReturnType<WriteVerbs[Verb]>>;

interface Waiting extends WriteCall {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export interface WriteQueue {
  readonly write: Write;
  /** Settles when nothing waits any more. Nothing is taken from here on. */
  close(): Promise<void>;
  /** Rejects all that waits, and all that comes. */
  fail(error: Error): void;
}

/** Calls that may wait; more than a healthy writer leaves behind in a second. Beyond that the store says no at once. */
const WAITING_MAX = 10_000;

/** Collects the calls of a turn of the event loop and hands them on together, one batch after the other. */
export function writeQueue(
  commit: (calls: readonly WriteCall[]) => Promise<readonly WriteOutcome[]>,
  { batchesAtOnce }: { readonly batchesAtOnce: number },
): WriteQueue {
  let waiting: Waiting[] = [];
  let underWay = 0;
  let scheduled = false;
  let ended: Error | undefined;
  let drained: (() => void) | undefined;

  const schedule = (): void => {
    if (scheduled || underWay >= batchesAtOnce || waiting.length === 0) return;
    scheduled = true;
    setImmediate(flush);
  };
  const flush = (): void => {
    scheduled = false;
    const batch = waiting;
    if (batch.length === 0) return;
    waiting = [];
    underWay++;
    commit(batch.map(({ verb, args }) => ({ verb, args })))
      .then(
        (outcomes) => settle(batch, outcomes),
        (error) => {
          for (const { reject } of batch) reject(error);
        },
      )
      .finally(() => {
        underWay--;
        schedule();
        if (underWay === 0 && waiting.length === 0) drained?.();
      });
  };

  return {
    write(verb, ...args) {
      return new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        if (waiting.length >= WAITING_MAX) return reject(new StoreError("too many writes wait already"));
        waiting.push({ verb, args, resolve: resolve as (value: unknown) => void, reject });
        schedule();
      });
    },
    async close() {
      ended ??= new StoreError("the store is closed");
      if (underWay > 0 || waiting.length > 0) await new Promise<void>((resolve) => (drained = resolve));
    },
    fail(error) {
      ended = error;
      for (const { reject } of waiting.splice(0)) reject(error);
      drained?.();
    },
  };
}

function settle(batch: readonly Waiting[], outcomes: readonly WriteOutcome[]): void {
  batch.forEach(({ resolve, reject }, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) reject(new StoreError("the store's writer did not answer"));
    else if ("error" in outcome) reject(new StoreError(outcome.error));
    else resolve(outcome.value);
  });
}
