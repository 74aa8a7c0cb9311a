import { randomHex } from "../../../core/ids.ts";
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

/** The name of this process in the spool: its id, and something that no other has had. */
export function nameProcess(): string {
  return `${process.pid}.${randomHex(16)}`;
}

export function spoolReads(db: Connection) {
  const own = db.prepare<[string, number], SpooledBatch>(
    "select seq, sealed from memory_spool where process = ? and seq > ? order by seq limit 1",
  );
  const others = db.prepare<[string, number], SpooledBatch & { process: string; created: number }>(
    "select seq, sealed, process, created from memory_spool where process <> ? and seq > ? order by seq limit 1",
  );
  const state = db.prepare<[], SpoolState>(
    "select count(*) as batches, coalesce(sum(length(sealed)), 0) as bytes from memory_spool",
  );
  return {
    next(self: string, now: number, after: number): readonly SpooledBatch[] {
      const mine = own.get(self, after);
      if (mine !== undefined) return [mine];
      const left = others.get(self, after);
      if (left === undefined) return [];
      const isLeft = left.created < now - LEFT_BEHIND_MS || !isRunning(left.process);
      return isLeft ? [{ seq: left.seq, sealed: left.sealed }] : [];
    },
    state: (): SpoolState => state.get() ?? { batches: 0, bytes: 0 },
  };
}

/** Two that do the same batch do no harm, so a wrong guess costs work and nothing else: in a container everybody is number 1. */
function isRunning(name: string): boolean {
  const id = Number(name.split(".", 1)[0]);
  if (id === process.pid || !Number.isSafeInteger(id) || id <= 0) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
