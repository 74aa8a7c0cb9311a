import { Worker } from "node:worker_threads";

export type ThreadJob =
  | { readonly kind: "write"; readonly path: string }
  | { readonly kind: "recall"; readonly path: string }
  | { readonly kind: "backup"; readonly path: string; readonly target: string };

/** Starts a thread of the store: from the sources in development, from the bundle's own entry where it is shipped. */
export function startThread(job: ThreadJob): Worker {
  const self = import.meta.url;
  const entry = new URL(self.endsWith(".ts") ? "./store-thread.ts" : "./store-thread.js", self);
  // The program's own flags are not the thread's: `--input-type` and the like would stop it.
  return new Worker(entry, { workerData: job, execArgv: [], name: `store ${job.kind}` });
}
