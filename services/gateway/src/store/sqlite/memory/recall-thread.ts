import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { StoreError } from "../../store-error.ts";
import { messageOf } from "../connect.ts";
import { startThread } from "../thread.ts";
import { type MemoryReader, type RecallAnswer, type RecallCall, readerOf } from "./recall.ts";

/** Calls that may wait: a flood of searches is told no instead of being kept in memory. */
const WAITING_MAX = 1_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Memory's reads on a thread that is started by the first of them: a gateway that remembers nothing has none. */
export function recallThread(path: string): MemoryReader & { close(): Promise<void> } {
  let worker: Worker | undefined;
  let waiting: Waiting[] = [];
  let closed = false;

  function start(): Worker {
    const thread = startThread({ kind: "recall", path });
    let cause: unknown;
    thread.on("message", (answer: RecallAnswer) => {
      const call = waiting.shift();
      if (waiting.length === 0) thread.unref();
      if ("error" in answer) call?.reject(new StoreError(answer.error));
      else call?.resolve(answer.value);
    });
    thread.on("error", (error) => (cause = error));
    // Whoever waits is told, and the next call starts another.
    thread.on("exit", () => {
      if (worker === thread) worker = undefined;
      const lost = waiting;
      waiting = [];
      for (const { reject } of lost)
        reject(
          new StoreError(
            `the thread that reads memory ended: ${cause ? messageOf(cause) : "no reason known"}`,
          ),
        );
    });
    thread.unref();
    return thread;
  }

  const call =
    (verb: RecallCall["verb"]) =>
    (...args: readonly unknown[]): Promise<never> =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new StoreError("the store is closed"));
        if (waiting.length >= WAITING_MAX) return reject(new StoreError("too many searches wait already"));
        worker ??= start();
        if (waiting.length === 0) worker.ref();
        waiting.push({ resolve: resolve as (value: unknown) => void, reject });
        worker.postMessage({ verb, args } satisfies RecallCall);
      });

  return {
    ...readerOf(call),
    async close() {
      closed = true;
      const thread = worker;
      if (thread === undefined) return;
      thread.ref();
      const exited = once(thread, "exit");
      thread.postMessage(null);
      await exited;
    },
  };
}
