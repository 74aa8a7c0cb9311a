import { once } from "node:events";
import { statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "../../core/ports/store.ts";
import { StoreError } from "../store-error.ts";
import { connectReadOnly, messageOf } from "./connect.ts";
import { recallThread } from "./memory/recall-thread.ts";
import { spoolReads } from "./memory/spool.ts";
import { createReads } from "./reads/reads.ts";
import { sqliteStore } from "./store.ts";
import { startThread } from "./thread.ts";
import { type WriteQueue, writeQueue } from "./writes/queue.ts";
import { startWriter } from "./writes/start-writer.ts";

/** Longest that a ping may take, in milliseconds. */
const PING_MS = 1_000;

/** The store on a file: one thread writes (S20), this one reads on a connection of its own, which no writer blocks (WAL). */
export async function threadedStore(path: string): Promise<Store> {
  let queue: WriteQueue | undefined;
  const writer = await startWriter(path, (error) => queue?.fail(error));
  // Two: the thread finds the next batch waiting when it comes back from a commit.
  queue = writeQueue(writer.commit, { batchesAtOnce: 2 });
  const { write, close } = queue;
  const db = connectReadOnly(path);
  const file = inodeOf(path);
  const recall = recallThread(path);
  return sqliteStore(createReads(db), write, {
    recall,
    spool: spoolReads(db),
    backup: (target) => runBackup(path, target),
    async ping() {
      // A deleted or replaced file stays writable and loses every row with the process.
      if (inodeOf(path) !== file)
        throw new StoreError(`the database file ${path} is no longer the one that was opened`);
      await inTime(write("ping"));
    },
    async close() {
      await close();
      await recall.close();
      // The writer last: who closes last folds the log into the file, and a reader cannot.
      db.close();
      await writer.end();
    },
  });
}

function inodeOf(path: string): bigint {
  return statSync(path, { bigint: true }).ino;
}

async function inTime(answer: Promise<unknown>): Promise<void> {
  const stop = new AbortController();
  const late = delay(PING_MS, undefined, { signal: stop.signal }).then(() => {
    throw new StoreError(`the store's writer did not answer within ${PING_MS} ms`);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    late.catch(() => {});
    stop.abort();
  }
}

async function runBackup(path: string, target: string): Promise<void> {
  try {
    await once(startThread({ kind: "backup", path, target }), "exit");
  } catch (cause) {
    throw cause instanceof StoreError ? cause : new StoreError(messageOf(cause), { cause });
  }
}
