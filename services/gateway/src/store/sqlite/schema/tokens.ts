import { sql } from "drizzle-orm";
import {
  type AnySQLiteColumn,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { RevocationRecord } from "../../../core/ports/revocations.ts";
import type { TokenRow } from "../../../core/ports/store.ts";
import { list, owner } from "./columns.ts";

/** One node of a delegation tree; stable over renewals. */
export const delegations = sqliteTable(
  "delegations",
  {
    id: text("id").primaryKey(),
    root: text("root").notNull(),
    parent: text("parent").references((): AnySQLiteColumn => delegations.id),
    /** Ids from the root down to the parent. */
    ancestors: list("ancestors"),
    ...owner(),
    agent: text("agent").notNull(),
    /** Agents, current one first. */
    chain: list("chain"),
    session: text("session").notNull(),
    scopes: list("scopes"),
    createdAt: integer("created_at").notNull(),
    renewableUntil: integer("renewable_until").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [
    // What is below a node, for revocation; and what keeps it from being removed.
    index("delegations_by_parent").on(table.parent).where(sql`parent is not null`),
    index("delegations_by_owner").on(table.ownerIss, table.ownerSub),
    index("delegations_by_agent").on(table.agent),
    index("delegations_by_session").on(table.session),
  ],
);

/** One row a token. */
export const tokens = sqliteTable(
  "tokens",
  {
    jti: text("jti").primaryKey(),
    dlg: text("dlg")
      .notNull()
      .references(() => delegations.id),
    /** The delegation above, and the oldest one. */
    parent: text("parent"),
    root: text("root").notNull(),
    session: text("session").notNull(),
    ...owner(),
    agent: text("agent").notNull(),
    agentAuth: text("agent_auth").$type<TokenRow["agentAuth"]>().notNull(),
    audience: text("audience").notNull(),
    scopes: list("scopes"),
    jkt: text("jkt"),
    issuedAt: integer("issued_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [
    index("tokens_by_dlg").on(table.dlg),
    // A `jti` is a UUIDv7: its order is the order of issue, and the cursor of a list.
    index("tokens_by_owner").on(table.ownerIss, table.ownerSub, table.jti),
  ],
);

/** What is dead. `seq` only grows, so that a reader can ask for what is new. */
export const revocations = sqliteTable(
  "revocations",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    kind: text("kind").$type<RevocationRecord["kind"]>().notNull(),
    value: text("value").notNull(),
    at: integer("at").notNull(),
    until: integer("until").notNull(),
  },
  (table) => [uniqueIndex("revocations_by_value").on(table.kind, table.value, table.at)],
);

/** Credentials that were used up: a `jti`, by who signed it. */
export const singleUses = sqliteTable(
  "single_uses",
  {
    issuer: text("issuer").notNull(),
    jti: text("jti").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.jti] })],
);
