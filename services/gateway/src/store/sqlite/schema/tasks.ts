import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { TaskRow } from "../../../core/ports/tasks.ts";
import { owner } from "./columns.ts";

/** What was handed over to be done. */
export const tasks = sqliteTable(
  "tasks",
  {
    id: text("id").primaryKey(),
    ...owner(),
    target: text("target").notNull(),
    state: text("state").$type<TaskRow["state"]>().notNull(),
    sealedOrder: text("sealed_order").notNull(),
    sealedResult: text("sealed_result"),
    node: text("node").notNull(),
    external: text("external"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    // What has not ended, by who has it and whose it is.
    index("tasks_open_by_node").on(table.node).where(sql`sealed_result is null`),
    index("tasks_open_by_owner").on(table.ownerIss, table.ownerSub).where(sql`sealed_result is null`),
    index("tasks_ended").on(table.updatedAt).where(sql`sealed_result is not null`),
  ],
);

/** Processes that work on tasks, and until when each is known to live. */
export const taskNodes = sqliteTable("task_nodes", {
  node: text("node").primaryKey(),
  aliveUntil: integer("alive_until").notNull(),
});
