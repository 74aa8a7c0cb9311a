import type { Store } from "../../core/ports/store.ts";
import { type MemoryReaders, memoryParts } from "./memory/parts.ts";
import type { ReadVerbs } from "./reads/reads.ts";
import { packEvent } from "./writes/packed-event.ts";
import type { Write } from "./writes/queue.ts";

/** Rounds of a purge at most: what is left waits for the next one. */
const PURGE_ROUNDS = 200;

/** The port out of its parts, wherever the writes run. */
export function sqliteStore(
  { trail, usage, tasks, a2a, registryChanged, ...reads }: ReadVerbs,
  write: Write,
  { recall, spool, ...rest }: Pick<Store, "backup" | "ping" | "close"> & MemoryReaders,
): Store {
  /** Before its caller hears of a change, nothing that was known before it is believed. */
  const register: Write = async (verb, ...args) => {
    try {
      return await write(verb, ...args);
    } finally {
      registryChanged();
    }
  };
  return {
    ...reads,
    ...memoryParts(write, recall, spool),
    ...rest,
    issue: (entry) => write("issue", entry),
    revoke: (record, event) => write("revoke", record, event),
    consumeOnce: (use) => write("consumeOnce", use),
    createAgent: (agent, event, most = null) => register("createAgent", agent, event, most),
    updateAgent: (change) => register("updateAgent", change),
    deleteAgent: (id, epochs, event) => register("deleteAgent", id, epochs, event),
    putGrant: (grant, event, most = null) => register("putGrant", grant, event, most),
    revokeGrant: (id, at, event) => register("revokeGrant", id, at, event),
    addFirstSigningKey: (key, event) => write("addFirstSigningKey", key, event),
    replaceSigningKeys: (change) => write("replaceSigningKeys", change),
    rememberOnce: (name, value) => write("rememberOnce", name, value),
    replaceFact: (name, value) => write("replaceFact", name, value),
    exchangeLedger: (batch) => write("exchangeLedger", batch),
    async purge(now) {
      // Each round is a write of its own, so that others get their turn in between.
      for (let round = 0; round < PURGE_ROUNDS && (await write("purge", now)) > 0; round++);
    },
    a2a: {
      ...a2a,
      claim: (claims, now) => write("claim", claims, now),
      putPush: (row) => write("putPush", row),
      namePush: (id, names) => write("namePush", id, names),
      removePushes: (which) => write("removePushes", which),
    },
    trail: {
      ...trail,
      append: (events) => write("append", events.map(packEvent)),
      erase: (user, event) => write("erase", user, event),
      addCheckpoint: (checkpoint) => write("addCheckpoint", checkpoint),
    },
    usage: {
      ...usage,
      add: (sums, events) => write("addUsage", sums, events),
      sent: (seqs) => write("usageSent", seqs),
    },
    tasks: {
      ...tasks,
      add: (task, most) => write("addTask", task, most),
      begin: (id, node, at) => write("beginTask", id, node, at),
      name: (id, node, external) => write("nameTask", id, node, external),
      end: (id, node, end) => write("endTask", id, node, end),
      cancel: (id, end) => write("cancelTask", id, end),
      keepNode: (node, until) => write("keepTaskNode", node, until),
      releaseNode: (node) => write("releaseTaskNode", node),
      adopt: (node, now, limit) => write("adoptTasks", node, now, limit),
    },
  };
}
