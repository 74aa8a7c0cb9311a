import type { TaskOrder } from "./order.ts";
import type { Target } from "./target.ts";

/** What came of a task: what the caller is shown. */
export interface Outcome {
  readonly state: "done" | "error";
  readonly result: unknown;
}

export interface Work {
  readonly id: string;
  readonly order: TaskOrder;
  readonly target: Target;
  /**
   * Begun by a process that has died, with what it had found out: `null` where it had not come so far as to learn its name there. Whoever
   * cannot go on from there says so, and never does it twice in silence. `undefined`: not begun yet.
   */
  readonly begun: { readonly external: string | null } | undefined;
  /** Aborted with the word `canceled`, or with `closing` when the process ends. */
  readonly signal: AbortSignal;
  /** Says what the task is called where it is being done, so that another process can go on from there. */
  name(external: string): Promise<void>;
}

/** Does the tasks of one kind of target. @throws whatever went wrong: an `error` without details, logged with its cause */
export type Worker = (work: Work) => Promise<Outcome>;

export const failed = (code: string, message: string): Outcome => ({
  state: "error",
  result: { error: { code, message } },
});

/** What cannot be gone on with, honestly. */
export const interrupted = (): Outcome =>
  failed(
    "interrupted",
    "the gateway was restarted while this was being done; it may have been done, and is not tried again",
  );
