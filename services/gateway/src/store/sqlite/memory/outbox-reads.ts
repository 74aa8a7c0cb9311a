import type { Owner } from "../../../core/owner.ts";
import type { MovedKey, OutboxState, PlacedEvent } from "../../../core/ports/memory.ts";
import type { Connection } from "../connect.ts";
import { eventOf, MEMORY_COLUMNS, type MemoryRow } from "./rows.ts";
import { timeOfSeq } from "./seq.ts";

interface OwnerRow {
  readonly owner_iss: string;
  readonly owner_sub: string;
  readonly tenant: string;
}

/** What the mover of the outbox reads: small, or in the order of the rows. */
export function outboxReads(db: Connection) {
  const sizes = db.prepare<unknown[], { seq: number; bytes: number }>(
    "select seq, octet_length(text) + coalesce(octet_length(meta), 0) as bytes from memory_events where seq > ? order by seq limit ?",
  );
  const rows = db.prepare<unknown[], MemoryRow>(
    `select ${MEMORY_COLUMNS.join(", ")} from memory_events where seq > ? and seq <= ? order by seq`,
  );
  const waiting = db.prepare<[], number>("select coalesce(sum(events), 0) from memory_usage").pluck();
  const first = db.prepare<[], number | null>("select min(seq) from memory_events").pluck();
  const erasures = db.prepare<[number], OwnerRow & { at: number }>(
    `select e.owner_iss, e.owner_sub, e.tenant, e.at from memory_erasures e join memory_remote r
      on r.owner_iss = e.owner_iss and r.owner_sub = e.owner_sub and r.tenant = e.tenant where r.erased < e.at limit ?`,
  );
  const removals = db.prepare<[number], OwnerRow & { id: string }>(
    "select id, owner_iss, owner_sub, tenant from memory_removals where at = 0 limit ?",
  );
  const owners = db.prepare<unknown[], OwnerRow & { place: number; excess: number }>(
    `select r.rowid as place, r.owner_iss, r.owner_sub, r.tenant,
        min(r.events, max(0, r.events + coalesce(u.events, 0) - @maxEvents)) as excess
      from memory_remote r left join memory_usage u
        on u.owner_iss = r.owner_iss and u.owner_sub = r.owner_sub and u.tenant = r.tenant
      where r.events > 0 and r.rowid > @after order by r.rowid limit @limit`,
  );
  return {
    oldest(after: number, limit: number, bytes: number): readonly PlacedEvent[] {
      let last: number | undefined;
      let held = 0;
      for (const row of sizes.all(BigInt(after), limit)) {
        held += row.bytes;
        if (last !== undefined && held > bytes) break;
        last = row.seq;
      }
      if (last === undefined) return [];
      return rows.all(BigInt(after), BigInt(last)).map((row) => ({ place: row.seq, event: eventOf(row) }));
    },
    state(): OutboxState {
      const seq = first.get() ?? null;
      return { waiting: waiting.get() ?? 0, since: seq === null ? null : timeOfSeq(seq) };
    },
    erasures: (limit: number) => erasures.all(limit).map((row) => ({ owner: ownerKept(row), at: row.at })),
    removals: (limit: number): readonly MovedKey[] =>
      removals.all(limit).map((row) => ({ owner: ownerKept(row), id: row.id })),
    remoteOwners: (after: number, limit: number, maxEvents: number) =>
      owners
        .all({ after, limit, maxEvents })
        .map((row) => ({ row: row.place, owner: ownerKept(row), excess: row.excess })),
  };
}

const ownerKept = ({ owner_iss, owner_sub, tenant }: OwnerRow): Owner => ({
  iss: owner_iss,
  sub: owner_sub,
  tenant: tenant === "" ? null : tenant,
});
