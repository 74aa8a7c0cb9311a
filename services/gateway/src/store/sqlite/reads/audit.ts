import { setImmediate as nextTurn } from "node:timers/promises";
import { and, asc, desc, eq, gt, gte, lte, type SQL, sql } from "drizzle-orm";
import type { AuditEntry, AuditFilter, Checkpoint } from "../../../core/ports/audit.ts";
import type { Drizzle } from "../drizzle.ts";
import { auditEvents, checkpoints, eventPeople } from "../schema/trail.ts";

/** Rows looked at before other work gets its turn: reading blocks the event loop, and a rare agent may be far away. */
const SLICE = 4_000;

/** Reads the chain; what is asked by user or root is found by index, the rest by going through it in slices. */
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

  return {
    head: async () => head.get(),
    async read(filter: AuditFilter): Promise<readonly AuditEntry[]> {
      const wanted = conditions(filter);
      const { after = 0, limit } = filter;
      if (filter.root !== undefined || filter.user !== undefined) {
        return rows(and(...wanted, gt(auditEvents.seq, after)), limit);
      }
      const end = head.get()?.seq ?? 0;
      const found: AuditEntry[] = [];
      for (let from = after; from < end && found.length < limit; from += SLICE) {
        if (from > after) await nextTurn();
        const slice = and(...wanted, gt(auditEvents.seq, from), lte(auditEvents.seq, from + SLICE));
        found.push(...rows(slice, limit - found.length));
      }
      return found;
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
