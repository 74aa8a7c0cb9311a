import type { Owner } from "../owner.ts";

/** `queued`: accepted and not begun. `done` and `error` are ends. */
export type TaskState = "queued" | "in_progress" | "done" | "error";

/** A task as it is kept. Times are milliseconds since the epoch. */
export interface TaskRow {
  /** UUIDv7: its order is the order of arrival. */
  readonly id: string;
  readonly owner: Owner;
  /** Who does it: `engine`, `agent:<id>` or a `temporal://` address. */
  readonly target: string;
  readonly state: TaskState;
  /** What is asked, and on whose behalf: ciphertext. */
  readonly sealedOrder: string;
  /** What came of it: ciphertext; `null` until it has ended. */
  readonly sealedResult: string | null;
  /** The process that has it: it alone may change it while it lives. */
  readonly node: string;
  /** Its name where it is being done (another agent's task, a workflow); `null` until that is known. */
  readonly external: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface TaskEnd {
  readonly state: "done" | "error";
  readonly sealedResult: string;
  readonly at: number;
}

/**
 * Tasks in the store. A task belongs to one process at a time, and a process holds its tasks for as long as it says that it lives: one row a
 * process is renewed, not one a task.
 */
export interface TaskStore {
  /** `full`: the owner has `most` tasks that have not ended. */
  add(task: TaskRow, most: number): Promise<"added" | "full">;
  /** From `queued` to `in_progress`. @returns false where it has ended, or belongs to another process by now */
  begin(id: string, node: string, at: number): Promise<boolean>;
  /** Says what it is called where it is being done. */
  name(id: string, node: string, external: string): Promise<boolean>;
  /** @returns false where it has ended, or belongs to another process by now */
  end(id: string, node: string, end: TaskEnd): Promise<boolean>;
  /** Ends a task whoever has it. @returns false where it has ended already */
  cancel(id: string, end: TaskEnd): Promise<boolean>;
  /** The caller's own, or nothing. */
  find(id: string, owner: Owner): Promise<TaskRow | undefined>;
  /** Whoever's it is: for who does it, never for who asks after it. */
  get(id: string): Promise<TaskRow | undefined>;
  /** Says that a process lives until then. */
  keepNode(node: string, until: number): Promise<void>;
  /** Lets go of a process's tasks at once. */
  releaseNode(node: string): Promise<void>;
  /** Takes over tasks that have not ended and whose process is dead; oldest first. Each goes to one taker. */
  adopt(node: string, now: number, limit: number): Promise<readonly TaskRow[]>;
}
