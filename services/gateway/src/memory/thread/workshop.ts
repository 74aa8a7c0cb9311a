import { Worker } from "node:worker_threads";
import type { MemoryEvent, Redactor } from "../../core/ports/memory.ts";
import type { BatchJob, ThreadAnswer, ThreadJob, ThreadKeys } from "./serve.ts";

export interface Workshop extends Redactor {
  /**
   * What is kept of a batch. A record that cannot be judged, because it takes for ever or brings the thread down, is withheld.
   * @throws where the batch cannot be opened
   */
  events(sealed: Uint8Array): Promise<readonly MemoryEvent[]>;
  /** Ends the thread; what is under way is given up. */
  close(): Promise<void>;
}

export interface WorkshopOptions {
  readonly keys: ThreadKeys;
  readonly log: { warn(fields: object, message: string): void };
  /** How long a batch, or one text, may take, in milliseconds: no pattern does, but a mistake in one must not end memory. */
  readonly limitMs?: number;
  /** For tests: another thread. */
  readonly entry?: URL;
}

const LIMIT_MS = 20_000;
/** Jobs that wait: writers are told no beyond that. */
const WAITING_MAX = 1_000;

/** The thread had to be ended, or ended by itself, or stumbled: over one record, and the others should not go with it. */
class RecordFault extends Error {}

interface Waiting {
  readonly job: ThreadJob;
  resolve(answer: ThreadAnswer): void;
  reject(error: Error): void;
}

/** Redaction on a thread of its own, started by the first text. One job at a time, so that a limit is that job's. */
export function createWorkshop({ keys, log, limitMs = LIMIT_MS, entry }: WorkshopOptions): Workshop {
  let worker: Worker | undefined;
  let waiting: Waiting[] = [];
  let current: Waiting | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function start(): Worker {
    const thread = new Worker(entry ?? ownEntry(), { workerData: keys, execArgv: [], name: "memory" });
    thread.on("message", (answer: ThreadAnswer) => {
      if (worker === thread) finish((job) => job.resolve(answer));
    });
    thread.on("error", (error) => lose(thread, error.message));
    thread.on("exit", () => lose(thread, "it ended"));
    return thread;
  }

  function lose(thread: Worker, why: string): void {
    if (worker !== thread) return;
    worker = undefined;
    void thread.terminate();
    if (current !== undefined) log.warn({ why }, "the thread that takes secrets out of memory was lost");
    finish((job) => job.reject(new RecordFault(why)));
  }

  function finish(settle: (job: Waiting) => void): void {
    clearTimeout(timer);
    const job = current;
    current = undefined;
    if (job !== undefined) settle(job);
    next();
  }

  function next(): void {
    if (current !== undefined) return;
    current = waiting.shift();
    if (current === undefined) {
      worker?.unref();
      return;
    }
    worker ??= start();
    const thread = worker;
    thread.ref();
    timer = setTimeout(() => lose(thread, `a text took longer than ${limitMs} ms`), limitMs);
    thread.postMessage(current.job);
  }

  function ask(job: ThreadJob): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      if (closed) return reject(new Error("memory is closed"));
      if (waiting.length >= WAITING_MAX) return reject(new Error("too many texts wait already"));
      waiting.push({ job, resolve, reject });
      next();
    });
  }

  async function batch(job: BatchJob): Promise<readonly MemoryEvent[] | null> {
    const answer = await ask(job);
    if ("events" in answer) return answer.events;
    if ("failed" in answer) throw new RecordFault(answer.failed);
    throw new Error("error" in answer ? answer.error : "the thread answered something else");
  }

  async function oneByOne(sealed: Uint8Array): Promise<readonly MemoryEvent[]> {
    const all: MemoryEvent[] = [];
    for (let at = 0; ; at++) {
      const events = await batch({ kind: "batch", sealed, at }).catch((error: unknown) => {
        if (closed) throw error;
        return batch({ kind: "batch", sealed, at, withhold: true });
      });
      if (events === null) return all;
      all.push(...events);
    }
  }

  return {
    async redact(values) {
      const answer = await ask({ kind: "values", values });
      if ("values" in answer) return answer.values;
      throw new Error("error" in answer ? answer.error : "the thread answered something else");
    },
    async events(sealed) {
      try {
        return (await batch({ kind: "batch", sealed })) ?? [];
      } catch (error) {
        if (!(error instanceof RecordFault) || closed) throw error;
        return oneByOne(sealed);
      }
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      const thread = worker;
      worker = undefined;
      const lost = current === undefined ? waiting : [current, ...waiting];
      current = undefined;
      waiting = [];
      for (const { reject } of lost) reject(new Error("memory is closed"));
      await thread?.terminate();
    },
  };
}

/** From the sources in development, from the bundle's own entry where it is shipped. */
function ownEntry(): URL {
  const self = import.meta.url;
  return new URL(self.endsWith(".ts") ? "./memory-thread.ts" : "./memory-thread.js", self);
}
