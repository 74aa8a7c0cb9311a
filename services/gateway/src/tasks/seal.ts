import type { Keyring } from "../core/keyring.ts";
import { readOrder, type TaskOrder, writeOrder } from "./order.ts";

/** What is handed over is as private as a memory, and waits on disk: it is encrypted there (S13, S22). */
export interface Seal {
  closeOrder(id: string, order: TaskOrder): string;
  openOrder(id: string, sealed: string): TaskOrder;
  closeResult(id: string, result: unknown): string;
  openResult(id: string, sealed: string): unknown;
}

export function createSeal(keyring: Pick<Keyring, "seal" | "open">): Seal {
  return {
    closeOrder: (id, order) => keyring.seal("tasks", id, writeOrder(order)),
    openOrder: (id, sealed) => readOrder(keyring.open("tasks", id, sealed).toString("utf8")),
    closeResult: (id, result) => keyring.seal("tasks", `${id}/result`, JSON.stringify(result)),
    openResult: (id, sealed) => JSON.parse(keyring.open("tasks", `${id}/result`, sealed).toString("utf8")),
  };
}
