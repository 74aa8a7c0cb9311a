import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What was used of a limit or budget, in the buckets of its window. */
export const limitUse = sqliteTable(
  "limit_use",
  {
    account: text("account").notNull(),
    bucket: integer("bucket").notNull(),
    used: integer("used").notNull(),
    /** Past this it counts no more. */
    endsAt: integer("ends_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.account, table.bucket] }),
    index("limit_use_by_end").on(table.endsAt),
  ],
);

/** What the processes hold of it, until their leases end. */
export const limitHolds = sqliteTable(
  "limit_holds",
  {
    account: text("account").notNull(),
    holder: text("holder").notNull(),
    amount: integer("amount").notNull(),
    until: integer("until").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.account, table.holder] }),
    index("limit_holds_by_end").on(table.until),
  ],
);
