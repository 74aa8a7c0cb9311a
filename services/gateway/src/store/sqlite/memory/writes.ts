import type { Owner } from "../../../core/owner.ts";
import type { MemoryEvent, MemoryView, Retention } from "../../../core/ports/memory.ts";
import type { Connection } from "../connect.ts";
import { insertInto, json, ownerColumns } from "../writes/insert.ts";
import { isWithin, keysOf } from "./keys.ts";
import { chainOf, MEMORY_COLUMNS, type MemoryRow, ownerKeyOf, ownerOf } from "./rows.ts";
import { firstSeq, seqOf } from "./seq.ts";

/** Rows that one transaction removes: some milliseconds of the writer's time. */
const ROUND = 200;

type Condemned = Pick<MemoryRow, "seq" | "text" | "root" | "chain" | "owner_iss" | "owner_sub" | "tenant">;
const CONDEMNED = "seq, text, root, chain, owner_iss, owner_sub, tenant";
const OWNED = "owner_iss = @owner_iss and owner_sub = @owner_sub and tenant is @tenant";

/** The verbs that write memory, each within a transaction of the writer's. */
export function memoryWrites(db: Connection) {
  const insert = insertInto(db, "memory_events", {
    columns: MEMORY_COLUMNS,
    conflict: "on conflict do nothing",
  });
  const known = db.prepare("select 1 from memory_events where id = ?");
  const index = db.prepare("insert into memory_words (rowid, keys, text) values (?, ?, ?)");
  const unindex = db.prepare(
    "insert into memory_words (memory_words, rowid, keys, text) values ('delete', ?, ?, ?)",
  );
  const remove = db.prepare("delete from memory_events where seq = ?");
  const count = db.prepare(
    `insert into memory_usage (owner_iss, owner_sub, tenant, events) values (@owner_iss, @owner_sub, @tenant, @by)
      on conflict do update set events = events + excluded.events`,
  );
  const usage = db
    .prepare<unknown[], number>(
      "select events from memory_usage where owner_iss = ? and owner_sub = ? and tenant = ?",
    )
    .pluck();
  const erasedUntil = db
    .prepare<unknown[], number>(
      "select at from memory_erasures where owner_iss = ? and owner_sub = ? and tenant = ?",
    )
    .pluck();
  const erase = db.prepare(
    `insert into memory_erasures (owner_iss, owner_sub, tenant, at) values (?, ?, ?, ?)
      on conflict do update set at = max(at, excluded.at)`,
  );
  const one = db.prepare<unknown[], Condemned & { source: MemoryEvent["source"] }>(
    `select ${CONDEMNED}, source from memory_events where id = @id and ${OWNED}`,
  );
  const at = db.prepare<unknown[], Condemned>(
    `select ${CONDEMNED} from memory_events where seq = ? and id = ?`,
  );
  const erased = db.prepare<unknown[], Condemned>(
    `select ${CONDEMNED} from memory_events where ${OWNED} and seq < @until order by seq limit ${ROUND}`,
  );
  const erasures = db.prepare<[], { owner_iss: string; owner_sub: string; tenant: string; at: number }>(
    "select * from memory_erasures",
  );
  const aged = db.prepare<[number], Condemned>(
    `select ${CONDEMNED} from memory_events where seq < ? order by seq limit ${ROUND}`,
  );
  const tooMany = db.prepare<
    [number],
    { owner_iss: string; owner_sub: string; tenant: string; events: number }
  >("select * from memory_usage where events > ? limit 20");
  const oldest = db.prepare<unknown[], Condemned>(
    `select ${CONDEMNED} from memory_events where ${OWNED} order by seq limit @limit`,
  );

  function add(events: readonly MemoryEvent[]): void {
    const gains = new Map<string, { owner: Owner; by: number }>();
    // In the index's own order: a step back makes it flush what it holds.
    for (const event of [...events].sort((a, b) => seqOf(a) - seqOf(b))) {
      if (event.created <= (erasedUntil.get(...ownerKeyOf(event.owner)) ?? Number.NEGATIVE_INFINITY))
        continue;
      const seq = place(event);
      if (seq === undefined) continue;
      index.run(BigInt(seq), keysOf(event), event.text);
      const key = JSON.stringify(ownerKeyOf(event.owner));
      const gain = gains.get(key) ?? { owner: event.owner, by: 0 };
      gain.by++;
      gains.set(key, gain);
    }
    for (const { owner, by } of gains.values()) tally(owner, by);
  }

  /** @returns where the row stands; `undefined` where the event is there already */
  function place(event: MemoryEvent): number | undefined {
    const columns = columnsOf(event);
    for (let seq = seqOf(event); ; seq++) {
      if (insert.run({ ...columns, seq: BigInt(seq) }).changes > 0) return seq;
      if (known.get(event.id) !== undefined) return undefined;
    }
  }

  function tally(owner: Owner, by: number): void {
    const [owner_iss, owner_sub, tenant] = ownerKeyOf(owner);
    count.run({ owner_iss, owner_sub, tenant, by });
  }

  function drop(rows: readonly Condemned[]): number {
    for (const row of rows) {
      unindex.run(
        BigInt(row.seq),
        keysOf({ owner: ownerOf(row), chain: chainOf(row), root: row.root }),
        row.text,
      );
      remove.run(row.seq);
      tally(ownerOf(row), -1);
    }
    return rows.length;
  }

  function eraseRound(owner: Owner): number {
    const at = erasedUntil.get(...ownerKeyOf(owner));
    return at === undefined ? 0 : drop(erased.all({ ...ownerColumns(owner), until: firstSeq(at + 1) }));
  }

  return {
    add,
    /** Takes the event out that stands there. @returns whether it did */
    take(seq: number, id: string): boolean {
      return drop(at.all(BigInt(seq), id)) > 0;
    },
    /** Was everything of this owner's that was created then erased? */
    isErased(owner: Owner, created: number): boolean {
      return created <= (erasedUntil.get(...ownerKeyOf(owner)) ?? Number.NEGATIVE_INFINITY);
    },
    remove(view: MemoryView, id: string, source?: MemoryEvent["source"]): boolean {
      const row = one.get({ ...ownerColumns(view.owner), id });
      if (row === undefined || (source !== undefined && row.source !== source)) return false;
      const isSeen = isWithin(view, { chain: chainOf(row), root: row.root });
      return isSeen && drop([row]) > 0;
    },
    /** Marks all that an owner has as forgotten. @returns how many events that is */
    beginErasure(owner: Owner, at: number): number {
      erase.run(...ownerKeyOf(owner), at);
      return usage.get(...ownerKeyOf(owner)) ?? 0;
    },
    /** @returns how many rows went; 0 when nothing is left to remove */
    eraseRound,
    /** One round of each kind. @returns how many rows went */
    purge(now: number, { maxAgeMs, maxEvents }: Retention): number {
      let removed = maxAgeMs === null ? 0 : drop(aged.all(firstSeq(now - maxAgeMs)));
      for (const { owner_iss, owner_sub, tenant, events } of tooMany.all(maxEvents)) {
        const owner = { owner_iss, owner_sub, tenant: tenant === "" ? null : tenant };
        removed += drop(oldest.all({ ...owner, limit: Math.min(ROUND, events - maxEvents) }));
      }
      for (const { owner_iss, owner_sub, tenant } of erasures.all())
        removed += eraseRound({ iss: owner_iss, sub: owner_sub, tenant: tenant === "" ? null : tenant });
      return removed;
    },
  };
}

function columnsOf(event: MemoryEvent) {
  return {
    id: event.id,
    ...ownerColumns(event.owner),
    created: event.created,
    kind: event.kind,
    text: event.text,
    meta: json(event.meta),
    source: event.source,
    chain: event.chain.length === 0 ? null : json(event.chain),
    session: event.session,
    root: event.root,
    task: event.task,
    model: event.model,
    input_tokens: event.inputTokens,
    output_tokens: event.outputTokens,
    request_id: event.requestId,
    body_hash: event.bodyHash,
  };
}
