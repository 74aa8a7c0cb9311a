import type { Store } from "../../../core/ports/store.ts";
import type { Write } from "../writes/queue.ts";
import { movedKey } from "./outbox-writes.ts";
import type { MemoryReader } from "./recall.ts";
import { nameProcess, type spoolReads } from "./spool.ts";

export interface MemoryReaders {
  readonly recall: MemoryReader;
  /** What waits is read where it is written: a batch is small. */
  readonly spool: ReturnType<typeof spoolReads>;
}

/** Rounds of one purge at most: what is left waits for the next one. */
const PURGE_ROUNDS = 200;

/** Memory, its spool and its outbox out of the writer's verbs and a reader. */
export function memoryParts(
  write: Write,
  recall: MemoryReader,
  spool: ReturnType<typeof spoolReads>,
): Pick<Store, "memory" | "spool" | "outbox"> {
  const memory = memoryPart(write, recall);
  return { memory, spool: spoolPart(write, spool), outbox: outboxPart(write, recall, memory) };
}

function memoryPart(write: Write, recall: MemoryReader): Store["memory"] {
  return {
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
      for (let round = 0; round < PURGE_ROUNDS && (await write("purgeMemory", now, retention)) > 0; round++);
    },
  };
}

function spoolPart(write: Write, spool: ReturnType<typeof spoolReads>): Store["spool"] {
  // Which batches are this process's own: never more than a name.
  const process = nameProcess();
  return {
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
  };
}

function outboxPart(write: Write, recall: MemoryReader, memory: Store["memory"]): Store["outbox"] {
  return {
    add: memory.add,
    eraseAll: memory.eraseAll,
    purge: memory.purge,
    slice: recall.slice,
    find: recall.find,
    erasedBelow: recall.erasedBelow,
    oldest: recall.oldest,
    state: recall.state,
    erasures: recall.erasures,
    removals: recall.removals,
    remoteOwners: recall.remoteOwners,
    remove: (view, id, source) => write("removeWaiting", view, id, source ?? null),
    claim: (holder, now, forMs) => write("claimMover", holder, now, forMs),
    announce: (owners) => write("announceRemote", owners),
    moved: (rows) => write("moveMemories", rows.map(movedKey)),
    erased: (owner, at) => write("remoteErased", owner, at),
    settleRemovals: (keys, now) => write("settleRemovals", keys, now),
    uncount: (owner, events) => write("uncountRemote", owner, events),
  };
}
