import { text } from "drizzle-orm/sqlite-core";

/**
 * Columns that several tables have. Times are milliseconds since the epoch; lists are JSON arrays. Every row that belongs
 * to somebody carries the owner pair and the tenant (CONTRACT §4). No column ever holds the text of a token.
 */
export const owner = () => ({
  ownerIss: text("owner_iss").notNull(),
  ownerSub: text("owner_sub").notNull(),
  tenant: text("tenant"),
});

export const list = (name: string) => text(name, { mode: "json" }).$type<readonly string[]>().notNull();

/** A list that may be absent, which means something else than an empty one. */
export const listOrNull = (name: string) => text(name, { mode: "json" }).$type<readonly string[]>();
