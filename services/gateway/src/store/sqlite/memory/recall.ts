import type { MessagePort } from "node:worker_threads";
import { type Connection, connectReadOnly, messageOf } from "../connect.ts";
import { outboxReads } from "./outbox-reads.ts";
import { memoryReads } from "./reads.ts";

/** Memory's reads, and those of the outbox. */
const recallVerbs = (db: Connection) => ({ ...memoryReads(db), ...outboxReads(db) });
export type RecallVerbs = ReturnType<typeof recallVerbs>;

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

/** The same verbs, however they are called. */
export function readerOf(
  call: (verb: keyof RecallVerbs) => (...args: readonly unknown[]) => Promise<never>,
): MemoryReader {
  return {
    find: call("find"),
    list: call("list"),
    slice: call("slice"),
    erasedBelow: call("erasedBelow"),
    oldest: call("oldest"),
    state: call("state"),
    erasures: call("erasures"),
    removals: call("removals"),
    remoteOwners: call("remoteOwners"),
  };
}

/** On the one connection there is: for a database in memory. */
export function recallHere(db: Connection): MemoryReader {
  const verbs = recallVerbs(db);
  const call =
    <Verb extends keyof RecallVerbs>(verb: Verb) =>
    async (...args: readonly unknown[]): Promise<never> =>
      (verbs[verb] as (...args: readonly unknown[]) => never)(...args);
  return readerOf(call);
}

/** The thread's side: a search among millions of rows takes its time here, and no request waits for it. */
export function serveRecall(port: MessagePort, path: string): void {
  const db = connectReadOnly(path);
  const verbs = recallVerbs(db);
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
