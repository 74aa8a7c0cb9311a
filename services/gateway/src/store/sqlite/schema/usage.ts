import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { owner } from "./columns.ts";

/** What owners used, summed up by the hour: a row for each agent, model and upstream of theirs. */
export const usage = sqliteTable(
  "usage",
  {
    /** Beginning of the hour. */
    hour: integer("hour").notNull(),
    ...owner(),
    /** Who acted; `null`: the owner. */
    agent: text("agent"),
    model: text("model"),
    upstream: text("upstream").notNull(),
    requests: integer("requests").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    outputTokens: integer("output_tokens").notNull(),
    estimatedTokens: integer("estimated_tokens").notNull(),
  },
  (table) => [
    // Of two nulls SQLite says that they differ. A name is never empty. (drizzle-kit cuts an expression at a comma.)
    uniqueIndex("usage_by_hour").on(
      table.hour,
      table.ownerIss,
      table.ownerSub,
      sql`case when tenant is null then '' else tenant end`,
      sql`case when agent is null then '' else agent end`,
      sql`case when model is null then '' else model end`,
      table.upstream,
    ),
    // What one owner used, without looking at everybody's.
    index("usage_by_owner").on(table.ownerIss, table.ownerSub, table.hour),
  ],
);

/** Events on their way to whoever bills: they stay until they have arrived. */
export const usageOutbox = sqliteTable(
  "usage_outbox",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    id: text("id").notNull(),
    event: text("event").notNull(),
  },
  (table) => [uniqueIndex("usage_outbox_by_id").on(table.id)],
);
