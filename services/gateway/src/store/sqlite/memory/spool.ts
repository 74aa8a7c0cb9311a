import type { MemoryEvent, SpooledBatch, SpoolState } from "../../../core/ports/memory.ts";
import type { Connection } from "../connect.ts";

/** A batch that another process has left for this long, in milliseconds, is anybody's: that process may be gone. */
const LEFT_BEHIND_MS = 60_000;

export function spoolWrites(db: Connection, add: (events: readonly MemoryEvent[]) => void) {
  const insert = db.prepare("insert into memory_spool (process, created, sealed) values (?, ?, ?)");
  const remove = db.prepare("delete from memory_spool where seq = ?");
  return {
    /** @param batches base64: what crosses to the writer is JSON */
    append(process: string, batches: readonly string[], now: number): void {
      for (const batch of batches) insert.run(process, now, Buffer.from(batch, "base64"));
    },
    settle(seq: number, events: readonly MemoryEvent[]): void {
      if (remove.run(seq).changes > 0) add(events);
    },
  };
}

export function spoolReads(db: Connection) {
  const own = db.prepare<[string, number], SpooledBatch>(
    "select seq, sealed from memory_spool where process = ? and seq > ? order by seq limit 1",
  );
  const left = db.prepare<[string, number, number], SpooledBatch>(
    "select seq, sealed from memory_spool where process <> ? and created < ? and seq > ? order by seq limit 1",
  );
  const state = db.prepare<[], SpoolState>(
    "select count(*) as batches, coalesce(sum(length(sealed)), 0) as bytes from memory_spool",
  );
  return {
    next(process: string, now: number, after: number): readonly SpooledBatch[] {
      const mine = own.all(process, after);
      return mine.length > 0 ? mine : left.all(process, now - LEFT_BEHIND_MS, after);
    },
    state: (): SpoolState => state.get() ?? { batches: 0, bytes: 0 },
  };
}
