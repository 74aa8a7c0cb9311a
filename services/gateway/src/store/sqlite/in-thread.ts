import type { Store } from "../../core/ports/store.ts";
import { backUp } from "./backup.ts";
import type { Connection } from "./connect.ts";
import { recallHere } from "./memory/recall.ts";
import { spoolReads } from "./memory/spool.ts";
import { createReads } from "./reads/reads.ts";
import { sqliteStore } from "./store.ts";
import { groupCommit } from "./writes/group-commit.ts";
import { writeQueue } from "./writes/queue.ts";
import { createWriter } from "./writes/verbs.ts";

/** The whole store on one connection in this thread: for a database in memory, which no other thread can see. */
export function inThreadStore(db: Connection): Store {
  const commit = groupCommit(db, createWriter(db));
  const queue = writeQueue(async (calls) => commit(calls), { batchesAtOnce: 1 });
  return sqliteStore(createReads(db), queue.write, {
    recall: recallHere(db),
    spool: spoolReads(db),
    backup: async (target) => backUp(db, target),
    ping: () => queue.write("ping"),
    async close() {
      await queue.close();
      db.close();
    },
  });
}
