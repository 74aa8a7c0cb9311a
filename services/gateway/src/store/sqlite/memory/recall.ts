import type { MessagePort } from "node:worker_threads";
import { type Connection, connectReadOnly, messageOf } from "../connect.ts";
import { memoryReads } from "./reads.ts";

export type RecallVerbs = ReturnType<typeof memoryReads>;

/** Memory's reads, wherever they run. */
export type MemoryReader = {
  readonly [Verb in keyof RecallVerbs]: (
    ...args: Parameters<RecallVerbs[Verb]>
  ) => Promise<ReturnType<RecallVerbs[Verb]>>;
};

export interface RecallCall {
  readonly verb: keyof RecallVerbs;
  readonly args: readonly unknown[];
}

/** Calls are answered in their order. */
export type RecallAnswer = { readonly value: unknown } | { readonly error: string };

/** On the one connection there is: for a database in memory. */
export function recallHere(db: Connection): MemoryReader {
  const verbs = memoryReads(db);
  return {
    find: async (view, id) => verbs.find(view, id),
    list: async (question) => verbs.list(question),
  };
}

/** The thread's side: a search among millions of rows takes its time here, and no request waits for it. */
export function serveRecall(port: MessagePort, path: string): void {
  const db = connectReadOnly(path);
  const verbs = memoryReads(db);
  port.on("message", (call: RecallCall | null) => {
    if (call === null) {
      db.close();
      port.close();
      return;
    }
    port.postMessage(answer(verbs, call));
  });
}

function answer(verbs: RecallVerbs, { verb, args }: RecallCall): RecallAnswer {
  try {
    return { value: (verbs[verb] as (...args: readonly unknown[]) => unknown)(...args) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}
