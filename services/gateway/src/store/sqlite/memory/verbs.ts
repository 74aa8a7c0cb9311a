import type { Owner } from "../../../core/owner.ts";
import type { AuditEvent } from "../../../core/ports/audit.ts";
import type { MemoryEvent, MemoryView, Retention } from "../../../core/ports/memory.ts";
import type { outboxWrites } from "./outbox-writes.ts";
import type { spoolWrites } from "./spool.ts";
import type { memoryWrites } from "./writes.ts";

/** The verbs of the writer that concern memory. */
export interface MemoryVerbs {
  addMemories(events: readonly MemoryEvent[]): void;
  removeMemory(view: MemoryView, id: string, source: MemoryEvent["source"] | null): boolean;
  /** Marks and records; the rows go in rounds. */
  beginErasure(owner: Owner, event: AuditEvent): number;
  eraseRound(owner: Owner): number;
  purgeMemory(now: number, retention: Retention): number;
  /** Batches are base64. */
  spool(process: string, batches: readonly string[], now: number): void;
  settleSpool(seq: number, events: readonly MemoryEvent[]): void;
}

/** Those of the outbox before a remote backend. */
export type OutboxVerbs = Omit<ReturnType<typeof outboxWrites>, "countRemote">;

export function memoryVerbs({
  memory,
  spool,
  outbox: { countRemote, ...outbox },
  append,
}: {
  readonly memory: ReturnType<typeof memoryWrites>;
  readonly spool: ReturnType<typeof spoolWrites>;
  readonly outbox: ReturnType<typeof outboxWrites>;
  append(event: AuditEvent): void;
}): MemoryVerbs & OutboxVerbs {
  return {
    addMemories: memory.add,
    removeMemory: (view, id, source) => memory.remove(view, id, source ?? undefined),
    beginErasure(owner, event) {
      const events = memory.beginErasure(owner, event.time) + countRemote(owner);
      append({ ...event, reason: `events=${events}` });
      return events;
    },
    eraseRound: memory.eraseRound,
    purgeMemory: memory.purge,
    spool: spool.append,
    settleSpool: spool.settle,
    ...outbox,
  };
}
