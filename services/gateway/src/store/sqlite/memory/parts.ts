import type { Store } from "../../../core/ports/store.ts";
import type { Write } from "../writes/queue.ts";
import type { MemoryReader } from "./recall.ts";
import { nameProcess, type spoolReads } from "./spool.ts";

export interface MemoryReaders {
  readonly recall: MemoryReader;
  /** What waits is read where it is written: a batch is small. */
  readonly spool: ReturnType<typeof spoolReads>;
}

/** Rounds of one purge at most: what is left waits for the next one. */
const PURGE_ROUNDS = 200;

/** Memory and its spool out of the writer's verbs and a reader. */
export function memoryParts(
  write: Write,
  recall: MemoryReader,
  spool: ReturnType<typeof spoolReads>,
): Pick<Store, "memory" | "spool"> {
  // Which batches are this process's own: never more than a name.
  const process = nameProcess();
  return {
    memory: {
      add: (events) => write("addMemories", events),
      find: recall.find,
      list: recall.list,
      remove: (view, id, source) => write("removeMemory", view, id, source ?? null),
      async eraseAll(owner, event) {
        const events = await write("beginErasure", owner, event);
        // Each round is a write of its own, so that others get their turn in between.
        while ((await write("eraseRound", owner)) > 0);
        return events;
      },
      async purge(now, retention) {
        for (
          let round = 0;
          round < PURGE_ROUNDS && (await write("purgeMemory", now, retention)) > 0;
          round++
        );
      },
    },
    spool: {
      append: (batches, now) =>
        write(
          "spool",
          process,
          batches.map((batch) =>
            Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength).toString("base64"),
          ),
          now,
        ),
      next: async (now, after) => spool.next(process, now, after),
      settle: (seq, events) => write("settleSpool", seq, events),
      state: async () => spool.state(),
    },
  };
}
