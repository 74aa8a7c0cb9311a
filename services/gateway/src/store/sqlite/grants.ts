import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Owner } from "../../core/owner.ts";
import type { GrantRecord } from "../../core/ports/agents.ts";
import type { Page, PageQuestion } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { ownedBy, ownerColumns, withOwner } from "./owned.ts";
import { before, pageOf } from "./page.ts";
import { grants } from "./schema/registry.ts";

export function grantReads(db: Drizzle) {
  const find = db
    .select()
    .from(grants)
    .where(
      and(
        eq(grants.ownerIss, sql.placeholder("iss")),
        eq(grants.ownerSub, sql.placeholder("sub")),
        sql`${grants.tenant} is ${sql.placeholder("tenant")}`,
        eq(grants.agent, sql.placeholder("agent")),
      ),
    )
    .prepare();
  return {
    find(owner: Owner, agent: string): GrantRecord | undefined {
      const row = find.get({ iss: owner.iss, sub: owner.sub, tenant: owner.tenant, agent });
      return row && withOwner(row);
    },
    findById(id: string): GrantRecord | undefined {
      const row = db.select().from(grants).where(eq(grants.id, id)).get();
      return row && withOwner(row);
    },
    /** Newest first, where ids are time-ordered. */
    list({ owner, cursor, limit }: PageQuestion): Page<GrantRecord> {
      const rows = db
        .select()
        .from(grants)
        .where(and(ownedBy(grants, owner), before(grants.id, cursor)))
        .orderBy(desc(grants.id))
        .limit(limit + 1)
        .all();
      return pageOf(rows.map(withOwner), { limit, cursorOf: ({ id }) => id });
    },
  };
}

export function grantWrites(db: Drizzle) {
  return {
    /** Takes the place of whatever the user had granted this agent: two that hold at once would add up. */
    replace({ owner, ...grant }: GrantRecord): void {
      db.delete(grants)
        .where(and(ownedBy(grants, owner), eq(grants.agent, grant.agent)))
        .run();
      db.insert(grants)
        .values({ ...grant, ...ownerColumns(owner) })
        .run();
    },
    revoke(id: string, at: number): boolean {
      const standing = and(eq(grants.id, id), isNull(grants.revokedAt));
      return db.update(grants).set({ revokedAt: at }).where(standing).run().changes > 0;
    },
    /** Every grant to an agent: who takes its id later must not inherit what users allowed this one. */
    revokeAll(agent: string, at: number): void {
      db.update(grants)
        .set({ revokedAt: at })
        .where(and(eq(grants.agent, agent), isNull(grants.revokedAt)))
        .run();
    },
  };
}
