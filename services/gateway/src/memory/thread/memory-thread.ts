import { parentPort, workerData } from "node:worker_threads";
import { serveRedaction, type ThreadKeys } from "./serve.ts";

/** An entry of its own in the bundle; `workshop.ts` starts it with the first text there is. */
if (parentPort === null) throw new Error("this file runs as a thread of the memory only");
serveRedaction(parentPort, workerData as ThreadKeys);
