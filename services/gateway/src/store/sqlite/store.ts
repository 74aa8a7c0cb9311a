import type { Store } from "../../core/ports/store.ts";
import { type MemoryReaders, memoryParts } from "./memory/parts.ts";
import type { ReadVerbs } from "./reads/reads.ts";
import { packEvent } from "./writes/packed-event.ts";
import type { Write } from "./writes/queue.ts";

/** Rounds of a purge at most: what is left waits for the next one. */
const PURGE_ROUNDS = 200;

/** The port out of its parts, wherever the writes run. */
export function sqliteStore(
  { trail, ...reads }: ReadVerbs,
  write: Write,
  { recall, spool, ...rest }: Pick<Store, "backup" | "ping" | "close"> & MemoryReaders,
): Store {
  return {
    ...reads,
    ...memoryParts(write, recall, spool),
    ...rest,
    issue: (entry) => write("issue", entry),
    revoke: (record, event) => write("revoke", record, event),
    consumeOnce: (use) => write("consumeOnce", use),
    createAgent: (agent, event) => write("createAgent", agent, event),
    updateAgent: (change) => write("updateAgent", change),
    deleteAgent: (id, epochs, event) => write("deleteAgent", id, epochs, event),
    putGrant: (grant, event) => write("putGrant", grant, event),
    revokeGrant: (id, at, event) => write("revokeGrant", id, at, event),
    addFirstSigningKey: (key, event) => write("addFirstSigningKey", key, event),
    replaceSigningKeys: (change) => write("replaceSigningKeys", change),
    rememberOnce: (name, value) => write("rememberOnce", name, value),
    replaceFact: (name, value) => write("replaceFact", name, value),
    async purge(now) {
      // Each round is a write of its own, so that others get their turn in between.
      for (let round = 0; round < PURGE_ROUNDS && (await write("purge", now)) > 0; round++);
    },
    trail: {
      ...trail,
      append: (events) => write("append", events.map(packEvent)),
      erase: (user, event) => write("erase", user, event),
      addCheckpoint: (checkpoint) => write("addCheckpoint", checkpoint),
    },
  };
}
