import { statSync } from "node:fs";
import type { Store } from "../../core/ports/store.ts";
import { StoreError } from "../store-error.ts";
import { backUp } from "./backup.ts";
import type { Connection } from "./connect.ts";
import { groupCommit } from "./group-commit.ts";
import { IN_MEMORY } from "./location.ts";
import { createReads } from "./reads.ts";
import { sqliteStore } from "./store.ts";
import { writeQueue } from "./write-queue.ts";
import { createWriter } from "./write-verbs.ts";

/** The whole store on one connection in this thread: for a database in memory, which no other thread can see. */
export function inThreadStore(db: Connection, path: string): Store {
  const commit = groupCommit(db, createWriter(db));
  const queue = writeQueue(async (calls) => commit(calls), { batchesAtOnce: 1 });
  const alive = db.prepare("select count(*) from facts");
  const file = inodeOf(path);
  return sqliteStore(createReads(db), queue.write, {
    backup: async (target) => backUp(db, target),
    async ping() {
      alive.get();
      if (inodeOf(path) !== file)
        throw new StoreError(`the database file ${path} is no longer the one that was opened`);
    },
    async close() {
      await queue.close();
      db.close();
    },
  });
}

function inodeOf(path: string): bigint | undefined {
  return path === IN_MEMORY ? undefined : statSync(path, { bigint: true }).ino;
}
