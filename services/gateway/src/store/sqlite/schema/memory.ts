import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { MemoryEvent } from "../../../core/ports/memory.ts";
import { owner } from "./columns.ts";

/**
 * What was said and noted (S22: redacted). `seq` follows the time of creation, so that the order of the word index is that of the
 * answers (`writes/memory-seq.ts`). The word index `memory_words` is made by the migration: drizzle knows no virtual tables.
 */
export const memoryEvents = sqliteTable(
  "memory_events",
  {
    seq: integer("seq").primaryKey(),
    id: text("id").notNull(),
    ...owner(),
    created: integer("created").notNull(),
    kind: text("kind").notNull(),
    text: text("text").notNull(),
    meta: text("meta", { mode: "json" }).$type<MemoryEvent["meta"]>(),
    source: text("source").$type<MemoryEvent["source"]>().notNull(),
    chain: text("chain", { mode: "json" }).$type<readonly string[]>(),
    session: text("session"),
    root: text("root"),
    task: text("task"),
    model: text("model"),
    inputTokens: integer("input_tokens"),
    outputTokens: integer("output_tokens"),
    requestId: text("request_id"),
    bodyHash: text("body_hash"),
  },
  (table) => [
    uniqueIndex("memory_by_id").on(table.id),
    index("memory_by_owner").on(table.ownerIss, table.ownerSub, table.seq),
  ],
);

/** An owner as a key, where a row is theirs alone: no tenant is the empty text, since `null` would not be unique. */
const ownerOnce = () => ({
  ownerIss: text("owner_iss").notNull(),
  ownerSub: text("owner_sub").notNull(),
  tenant: text("tenant").notNull(),
});

/** How much each owner has, so that nobody has to count. */
export const memoryUsage = sqliteTable(
  "memory_usage",
  { ...ownerOnce(), events: integer("events").notNull() },
  (table) => [primaryKey({ columns: [table.ownerIss, table.ownerSub, table.tenant] })],
);

/** Who had everything forgotten, and when: what was said until then is shown no more and never comes back from the spool. */
export const memoryErasures = sqliteTable(
  "memory_erasures",
  { ...ownerOnce(), at: integer("at").notNull() },
  (table) => [primaryKey({ columns: [table.ownerIss, table.ownerSub, table.tenant] })],
);

/** Sealed records that wait to be redacted. `process`: whose they are, so that two that share the file do not do the same. */
export const memorySpool = sqliteTable(
  "memory_spool",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    process: text("process").notNull(),
    created: integer("created").notNull(),
    sealed: blob("sealed", { mode: "buffer" }).notNull(),
  },
  (table) => [index("spool_by_process").on(table.process, table.seq)],
);

/** What an owner has at a remote backend. `erased`: up to when an erasure was seen through there. */
export const memoryRemote = sqliteTable(
  "memory_remote",
  { ...ownerOnce(), events: integer("events").notNull(), erased: integer("erased").notNull() },
  (table) => [primaryKey({ columns: [table.ownerIss, table.ownerSub, table.tenant] })],
);

/** Removed while it may have been on its way to a remote backend. `at`: when it was removed there too; 0 until then. */
export const memoryRemovals = sqliteTable("memory_removals", {
  id: text("id").primaryKey(),
  ...ownerOnce(),
  at: integer("at").notNull(),
});

/** Which process moves events to the remote backend, and until when it need not ask again. */
export const memoryMover = sqliteTable("memory_mover", {
  one: integer("one").primaryKey(),
  holder: text("holder").notNull(),
  until: integer("until").notNull(),
});
