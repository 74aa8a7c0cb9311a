import type { TaskRow, TaskState } from "../core/ports/tasks.ts";
import type { Seal } from "./seal.ts";

/** A task as its owner sees it (CONTRACT §3). */
export interface TaskView {
  readonly state: TaskState;
  /** `null` until it has ended. */
  readonly result: unknown;
  /** ISO 8601, UTC. */
  readonly created: string;
}

export function viewOf({ id, state, sealedResult, createdAt }: TaskRow, seal: Seal): TaskView {
  const result = sealedResult === null ? null : seal.openResult(id, sealedResult);
  return { state, result, created: new Date(createdAt).toISOString() };
}

export const hasEnded = ({ state }: Pick<TaskView, "state">): boolean =>
  state === "done" || state === "error";
