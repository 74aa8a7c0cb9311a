import type { Owner } from "../../../core/owner.ts";
import type { MemoryEvent, MemoryView, MovedKey, PlacedEvent } from "../../../core/ports/memory.ts";
import type { Connection } from "../connect.ts";
import { ownerKeyOf } from "./rows.ts";
import type { memoryWrites } from "./writes.ts";

/** How long a removal is kept after it was seen through, in milliseconds: longer than any event is on its way. */
const KEEP_REMOVALS_MS = 10 * 60_000;

/** The verbs of the outbox before a remote backend: events wait in memory's own tables, and go when they have arrived. */
export function outboxWrites(db: Connection, memory: ReturnType<typeof memoryWrites>) {
  const OWNED = "owner_iss = ? and owner_sub = ? and tenant = ?";
  const announce = db.prepare(
    "insert into memory_remote (owner_iss, owner_sub, tenant, events, erased) values (?, ?, ?, 0, -1) on conflict do nothing",
  );
  const count = db.prepare(`update memory_remote set events = max(0, events + ?) where ${OWNED}`);
  const counted = db.prepare<unknown[], number>(`select events from memory_remote where ${OWNED}`).pluck();
  const seenThrough = db.prepare(
    `update memory_remote set events = 0, erased = max(erased, ?) where ${OWNED}`,
  );
  const condemn = db.prepare(
    "insert into memory_removals (id, owner_iss, owner_sub, tenant, at) values (?, ?, ?, ?, 0) on conflict do update set at = 0",
  );
  const condemned = db.prepare<[string], unknown>("select 1 from memory_removals where id = ?");
  const seenOff = db.prepare("update memory_removals set at = ? where id = ? and at = 0");
  const forgetRemovals = db.prepare("delete from memory_removals where at > 0 and at < ?");
  const claim = db.prepare(
    `insert into memory_mover (one, holder, until) values (1, @holder, @until)
      on conflict do update set holder = excluded.holder, until = excluded.until
      where holder = excluded.holder or until < @now or until > @latest`,
  );

  return {
    announceRemote(owners: readonly Owner[]): void {
      for (const owner of owners) announce.run(...ownerKeyOf(owner));
    },
    /** How many an owner has at the backend. */
    countRemote: (owner: Owner): number => counted.get(...ownerKeyOf(owner)) ?? 0,
    moveMemories(
      rows: readonly { readonly place: number; readonly key: MovedKey & { created: number } }[],
    ): MovedKey[] {
      const late: MovedKey[] = [];
      for (const { place, key } of rows) {
        if (memory.take(place, key.id)) count.run(1, ...ownerKeyOf(key.owner));
        // Gone without a trace of why: another process has moved it.
        else if (condemned.get(key.id) !== undefined || memory.isErased(key.owner, key.created))
          late.push({ owner: key.owner, id: key.id });
      }
      return late;
    },
    removeWaiting(view: MemoryView, id: string, source: MemoryEvent["source"] | null): boolean {
      if (!memory.remove(view, id, source ?? undefined)) return false;
      condemn.run(id, ...ownerKeyOf(view.owner));
      return true;
    },
    remoteErased(owner: Owner, at: number): void {
      seenThrough.run(at, ...ownerKeyOf(owner));
    },
    settleRemovals(keys: readonly MovedKey[], now: number): void {
      for (const { id } of keys) seenOff.run(now, id);
      forgetRemovals.run(now - KEEP_REMOVALS_MS);
    },
    uncountRemote(owner: Owner, events: number): void {
      count.run(-events, ...ownerKeyOf(owner));
    },
    claimMover(holder: string, now: number, forMs: number): boolean {
      // A clock that was set back must not leave the work to nobody.
      return claim.run({ holder, now, until: now + forMs, latest: now + 2 * forMs }).changes > 0;
    },
  };
}

/** What the writer needs to know of a moved event: not its text. */
export const movedKey = ({ place, event }: PlacedEvent) => ({
  place,
  key: { owner: event.owner, id: event.id, created: event.created },
});
