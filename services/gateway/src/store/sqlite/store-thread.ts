import { parentPort, workerData } from "node:worker_threads";
import { giveBackMemory } from "../../core/give-back-memory.ts";
import { backUp } from "./backup.ts";
import { connectReadOnly } from "./connect.ts";
import { serveRecall } from "./memory/recall.ts";
import type { ThreadJob } from "./thread.ts";
import { serveWrites } from "./writes/serve.ts";

/**
 * What a thread of the store does: writes for as long as the store is open (S20), reads memory, whose searches may take long, or
 * makes a backup, which blocks. An entry of its own in the bundle; `thread.ts` starts it.
 */
const job = workerData as ThreadJob;
if (parentPort === null) throw new Error("this file runs as a thread of the store only");
if (job.kind === "write") {
  await serveWrites(parentPort, job.path);
  giveBackMemory();
} else if (job.kind === "recall") {
  serveRecall(parentPort, job.path);
} else {
  const db = connectReadOnly(job.path);
  backUp(db, job.target);
  db.close();
}
