import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { StoreError } from "../../store-error.ts";
import { messageOf } from "../connect.ts";
import { startThread } from "../thread.ts";
import type { WriteCall, WriteOutcome } from "./group-commit.ts";
import { END, type FromWriter, READY, type ToWriter } from "./serve.ts";

type Outcomes = readonly WriteOutcome[];

export interface WriterThread {
  commit(calls: readonly WriteCall[]): Promise<Outcomes>;
  /** Settles once the thread has let go of the database. Nothing may be under way. */
  end(): Promise<void>;
}

/**
 * Starts the thread that writes. A store that nobody waits for does not keep the process alive.
 * @param onDeath told once, when the thread ends by itself: from then on nothing can be written
 * @throws StoreError where it cannot open the database
 */
export async function startWriter(path: string, onDeath: (error: Error) => void): Promise<WriterThread> {
  const worker = startThread({ kind: "write", path });
  await ready(worker);
  const underWay: { resolve(outcomes: Outcomes): void; reject(error: Error): void }[] = [];
  let ending = false;
  let death: StoreError | undefined;

  worker.on("message", (text: FromWriter) => {
    for (const outcomes of JSON.parse(text) as Outcomes[]) underWay.shift()?.resolve(outcomes);
    if (underWay.length === 0 && !ending) worker.unref();
  });
  let cause: unknown;
  worker.on("error", (error) => (cause = error));
  worker.on("exit", () => {
    if (ending) return;
    // Whether the last calls were done nobody knows: they are refused, and what was written of them is on the record.
    death = new StoreError(`the store's writer ended: ${cause ? messageOf(cause) : "no reason known"}`);
    onDeath(death);
    for (const { reject } of underWay.splice(0)) reject(death);
  });
  worker.unref();

  return {
    commit(calls) {
      return new Promise((resolve, reject) => {
        if (death !== undefined) return reject(death);
        if (underWay.length === 0) worker.ref();
        underWay.push({ resolve, reject });
        worker.postMessage(JSON.stringify(calls) satisfies ToWriter);
      });
    },
    async end() {
      if (ending || death !== undefined) return;
      ending = true;
      worker.ref();
      const exited = once(worker, "exit");
      worker.postMessage(END satisfies ToWriter);
      await exited;
    },
  };
}

async function ready(worker: Worker): Promise<void> {
  try {
    const [message] = await once(worker, "message");
    if (message !== READY) throw new Error(String(message));
  } catch (cause) {
    throw new StoreError(`the store's writer did not start: ${messageOf(cause)}`, { cause });
  }
}
