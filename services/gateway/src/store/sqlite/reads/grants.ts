import { and, desc, eq, sql } from "drizzle-orm";
import type { Owner } from "../../../core/owner.ts";
import type { GrantRecord } from "../../../core/ports/agents.ts";
import type { Page, PageQuestion } from "../../../core/ports/store.ts";
import type { Drizzle } from "../drizzle.ts";
import { grants } from "../schema/registry.ts";
import { ownedBy, withOwner } from "./owned.ts";
import { before, pageOf } from "./page.ts";

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
