import { Worker } from "node:worker_threads";
import type { Estimate, Sample, Samples } from "../read/usage-tap.ts";
import { type Answer, estimateTokens, type Question } from "./count-tokens.ts";

export interface EstimatorOptions {
  readonly log: { warn(fields: object, message: string): void };
  /** How long the thread is kept without work, in milliseconds. */
  readonly idleMs?: number;
  /** Most estimates under way; more are made roughly, by size. */
  readonly most?: number;
}

export interface Estimator {
  readonly estimate: Estimate;
  close(): Promise<void>;
}

const IDLE_MS = 15_000;
/** Some 60 MB of samples at worst. */
const MOST = 1_000;
/** Characters of a word, about, and of a token: the rough measure where the tokenizer cannot be asked. */
const roughly = (text: string): number => Math.ceil(text.length / 4);

/** Estimates tokens beside the event loop. Never rejects: without the thread it measures roughly. */
export function createEstimator({ log, idleMs = IDLE_MS, most = MOST }: EstimatorOptions): Estimator {
  const waiting = new Map<number, { readonly samples: Samples; done(tokens: readonly number[]): void }>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;
  let closed = false;

  function start(): Worker {
    const self = import.meta.url;
    const entry = new URL(self.endsWith(".ts") ? "./count-thread.ts" : "./count-thread.js", self);
    const started = new Worker(entry, { execArgv: [], name: "token estimates" });
    started.unref();
    started.on("message", ({ id, tokens }: Answer) => {
      const asked = waiting.get(id);
      waiting.delete(id);
      asked?.done(tokens);
      if (waiting.size === 0) idle = setTimeout(stop, idleMs).unref();
    });
    started.on("error", (err) =>
      log.warn({ err }, "tokens are estimated roughly: the counting thread failed"),
    );
    started.on("exit", () => {
      if (worker === started) worker = undefined;
      for (const { samples, done } of waiting.values()) done(measured(samples));
      waiting.clear();
    });
    return started;
  }

  function stop(): Promise<unknown> {
    clearTimeout(idle);
    const ending = worker;
    worker = undefined;
    return ending === undefined ? Promise.resolve() : ending.terminate();
  }

  return {
    async estimate(samples) {
      const tokens = await new Promise<readonly number[]>((done) => {
        if (closed || waiting.size >= most) return done(measured(samples));
        clearTimeout(idle);
        worker ??= start();
        const id = ++lastId;
        waiting.set(id, { samples, done });
        worker.postMessage({ id, samples: listed(samples) } satisfies Question);
      });
      const [input = 0, output = 0] = tokens;
      return { input, output };
    },
    async close() {
      closed = true;
      await stop();
    },
  };
}

const NONE: Sample = { text: "", bytes: 0 };

function listed({ input, output }: Samples): Question["samples"] {
  return [input ?? NONE, output ?? NONE].map(({ text, bytes }) => [text, bytes] as const);
}

function measured(samples: Samples): readonly number[] {
  return listed(samples).map(([text, bytes]) => estimateTokens(text, bytes, roughly));
}
