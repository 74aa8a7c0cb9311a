import { and, asc, eq, getTableColumns, sql } from "drizzle-orm";
import type { AgentRecord } from "../../core/ports/agents.ts";
import type { Page, PageQuestion } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { ownedBy, ownerColumns, withOwner } from "./owned.ts";
import { after, pageOf } from "./page.ts";
import { agents } from "./schema/registry.ts";

export function agentReads(db: Drizzle) {
  const find = db
    .select()
    .from(agents)
    .where(eq(agents.id, sql.placeholder("id")))
    .prepare();
  const byResource = db
    .select()
    .from(agents)
    .where(sql`json_extract(${agents.endpoint}, '$.resource') = ${sql.placeholder("resource")}`)
    .orderBy(asc(agents.createdAt), asc(agents.id))
    .limit(1)
    .prepare();
  return {
    find(id: string): AgentRecord | undefined {
      const row = find.get({ id });
      return row && withOwner(row);
    },
    /** The oldest of those that share it. Not on the path of ordinary tokens, which are for the gateway itself. */
    findByResource(resource: string): AgentRecord | undefined {
      const row = byResource.get({ resource });
      return row && withOwner(row);
    },
    /** In the order of their ids. */
    list({ owner, cursor, limit }: PageQuestion): Page<AgentRecord> {
      const rows = db
        .select()
        .from(agents)
        .where(and(ownedBy(agents, owner), after(agents.id, cursor)))
        .orderBy(asc(agents.id))
        .limit(limit + 1)
        .all();
      return pageOf(rows.map(withOwner), { limit, cursorOf: ({ id }) => id });
    },
  };
}

export function agentWrites(db: Drizzle) {
  return {
    /** @returns false where the id is taken */
    insert({ owner, ...agent }: AgentRecord): boolean {
      const row = { ...agent, ...ownerColumns(owner) } as typeof agents.$inferInsert;
      return db.insert(agents).values(row).onConflictDoNothing().run().changes > 0;
    },
    /** Replaces the record that was last changed at `readAt`. */
    replace({ owner, ...agent }: AgentRecord, readAt: number): "updated" | "changed" | "absent" {
      const standing = db
        .select({ updatedAt: agents.updatedAt })
        .from(agents)
        .where(eq(agents.id, agent.id))
        .get();
      if (standing === undefined) return "absent";
      if (standing.updatedAt !== readAt) return "changed";
      // It always moves on: two changes within a millisecond must not look like one.
      const updatedAt = Math.max(agent.updatedAt, readAt + 1);
      const row = { ...agent, ...ownerColumns(owner), updatedAt } as typeof agents.$inferInsert;
      db.update(agents).set(nullsKept(row)).where(eq(agents.id, agent.id)).run();
      return "updated";
    },
    remove: (id: string): boolean => db.delete(agents).where(eq(agents.id, id)).run().changes > 0,
  };
}

/** Every column is named, so that nothing of the record before is left over. */
function nullsKept(row: typeof agents.$inferInsert): typeof agents.$inferInsert {
  const empty = Object.fromEntries(Object.keys(getTableColumns(agents)).map((name) => [name, null]));
  return { ...empty, ...row };
}
