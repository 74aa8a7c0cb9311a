import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AgentRecord, MemoryReach } from "../../../core/ports/agents.ts";
import { list, listOrNull, owner } from "./columns.ts";

/** Registered agents and service accounts. A secret is here as its keyed hash only. */
export const agents = sqliteTable(
  "agents",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    ...owner(),
    auth: text("auth").$type<AgentRecord["auth"]>().notNull(),
    secretHash: text("secret_hash"),
    jwks: text("jwks", { mode: "json" }).$type<AgentRecord["jwks"]>(),
    scopes: listOrNull("scopes"),
    audiences: list("audiences"),
    ttl: integer("ttl"),
    depth: integer("depth"),
    mayDelegateTo: listOrNull("may_delegate_to"),
    status: text("status").$type<AgentRecord["status"]>().notNull(),
    introspect: integer("introspect", { mode: "boolean" }).notNull(),
    endpoint: text("endpoint", { mode: "json" }).$type<AgentRecord["endpoint"]>(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    source: text("source").$type<AgentRecord["source"]>().notNull().default("registry"),
  },
  (table) => [index("agents_by_owner").on(table.ownerIss, table.ownerSub, table.id)],
);

/** What users allow agents: at most one row a user and agent. */
export const grants = sqliteTable(
  "grants",
  {
    id: text("id").primaryKey(),
    ...owner(),
    agent: text("agent").notNull(),
    scopes: list("scopes"),
    memory: text("memory").$type<MemoryReach>(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    revokedAt: integer("revoked_at"),
  },
  (table) => [
    index("grants_by_owner").on(table.ownerIss, table.ownerSub, table.agent),
    index("grants_by_agent").on(table.agent),
  ],
);
