import { setImmediate as nextTurn } from "node:timers/promises";
import { and, asc, desc, eq, gt, gte, lte, type SQL, sql } from "drizzle-orm";
import type { AuditEntry, AuditFilter, Checkpoint } from "../../../core/ports/audit.ts";
import type { Drizzle } from "../drizzle.ts";
import { auditEvents, checkpoints, eventPeople } from "../schema/trail.ts";

/** Rows looked at before other work gets its turn: reading blocks the event loop, and what is sought may be far away. */
const SLICE = 4_000;

/** Reads the chain in slices: of a user's rows or a tree's, which an index finds, else of the chain itself. */
export function auditReads(db: Drizzle) {
  const head = db
    .select({ seq: auditEvents.seq, hash: auditEvents.hash })
    .from(auditEvents)
    .orderBy(desc(auditEvents.seq))
    .limit(1)
    .prepare();

  const rows = (where: SQL | undefined, limit: number) =>
    db
      .select({ event: auditEvents, person: eventPeople })
      .from(auditEvents)
      .leftJoin(eventPeople, eq(eventPeople.seq, auditEvents.seq))
      .where(where)
      .orderBy(asc(auditEvents.seq))
      .limit(limit)
      .all()
      .map(entryOf);

  /** The last row of the slice that begins after `from`; `undefined` when there is none left. */
  function sliceEnd({ user, root }: AuditFilter, from: number): number | undefined {
    const end =
      root !== undefined
        ? sql`select max(seq) as seq from (select seq from audit_events where root = ${root} and seq > ${from} order by seq limit ${SLICE})`
        : user !== undefined
          ? sql`select max(seq) as seq from (select seq from event_people where iss = ${user.iss} and sub = ${user.sub} and seq > ${from} order by seq limit ${SLICE})`
          : sql`select min(seq, ${from + SLICE}) as seq from audit_events where seq = (select max(seq) from audit_events) and seq > ${from}`;
    return db.get<{ seq: number | null } | undefined>(end)?.seq ?? undefined;
  }

  return {
    head: async () => head.get(),
    async read(filter: AuditFilter): Promise<readonly AuditEntry[]> {
      const wanted = conditions(filter);
      const found: AuditEntry[] = [];
      let from = filter.after ?? 0;
      for (;;) {
        const end = sliceEnd(filter, from);
        if (end === undefined) return found;
        const slice = and(...wanted, gt(auditEvents.seq, from), lte(auditEvents.seq, end));
        found.push(...rows(slice, filter.limit - found.length));
        if (found.length >= filter.limit) return found;
        from = end;
        await nextTurn();
      }
    },
    checkpoints: async (): Promise<readonly Checkpoint[]> =>
      db.select().from(checkpoints).orderBy(asc(checkpoints.seq)).all(),
  };
}

function conditions({ since, until, agent, user, action, root }: AuditFilter): SQL[] {
  const all = [
    since !== undefined && gte(auditEvents.time, since),
    until !== undefined && lte(auditEvents.time, until),
    agent !== undefined && sql`exists (select 1 from json_each(${auditEvents.chain}) where value = ${agent})`,
    user !== undefined && and(eq(eventPeople.iss, user.iss), eq(eventPeople.sub, user.sub)),
    action !== undefined && eq(auditEvents.action, action),
    root !== undefined && eq(auditEvents.root, root),
  ];
  return all.filter((condition) => typeof condition === "object");
}

function entryOf(row: {
  event: typeof auditEvents.$inferSelect;
  person: typeof eventPeople.$inferSelect | null;
}): AuditEntry {
  const { sid, ...event } = row.event;
  const { person } = row;
  return {
    ...event,
    session: sid,
    user: person && { iss: person.iss, sub: person.sub },
    salt: person?.salt ?? null,
  };
}
