import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AgentThing } from "../../../core/ports/a2a.ts";
import { owner } from "./columns.ts";

/** Whose the tasks and contexts of agents are. */
export const agentThings = sqliteTable(
  "agent_things",
  {
    agent: text("agent").notNull(),
    kind: text("kind").$type<AgentThing["kind"]>().notNull(),
    id: text("id").notNull(),
    ...owner(),
    /** To the day: what nobody has asked for in months is forgotten. */
    usedAt: integer("used_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.agent, table.kind, table.id] }),
    index("things_by_owner").on(table.ownerIss, table.ownerSub, table.agent, table.kind),
    index("things_by_use").on(table.usedAt),
  ],
);

/** Where notices of agents go. The client's secrets are ciphertext, the agent's is a hash. */
export const pushes = sqliteTable(
  "pushes",
  {
    id: text("id").primaryKey(),
    agent: text("agent").notNull(),
    ...owner(),
    task: text("task"),
    config: text("config"),
    url: text("url").notNull(),
    sealed: text("sealed").notNull(),
    secretHash: text("secret_hash").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("pushes_by_task").on(table.agent, table.task)],
);
