import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { AgentRecord } from "../../../core/ports/agents.ts";
import type { Page, PageQuestion } from "../../../core/ports/store.ts";
import type { Drizzle } from "../drizzle.ts";
import { agents } from "../schema/registry.ts";
import { ownedBy, withOwner } from "./owned.ts";
import { after, pageOf } from "./page.ts";

export function agentReads(db: Drizzle) {
  const find = db
    .select()
    .from(agents)
    .where(eq(agents.id, sql.placeholder("id")))
    .prepare();
  /** The oldest of those that share it. */
  const firstWhere = (condition: SQL) =>
    db
      .select()
      .from(agents)
      .where(condition)
      .orderBy(asc(agents.createdAt), asc(agents.id))
      .limit(1)
      .prepare();
  const byResource = firstWhere(
    sql`json_extract(${agents.endpoint}, '$.resource') = ${sql.placeholder("resource")}`,
  );
  const byUrl = firstWhere(sql`json_extract(${agents.endpoint}, '$.url') = ${sql.placeholder("url")}`);
  return {
    find(id: string): AgentRecord | undefined {
      const row = find.get({ id });
      return row && withOwner(row);
    },
    /** Not on the path of ordinary tokens, which are for the gateway itself. */
    findByResource(resource: string): AgentRecord | undefined {
      const row = byResource.get({ resource });
      return row && withOwner(row);
    },
    findByUrl(url: string): AgentRecord | undefined {
      const row = byUrl.get({ url });
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
