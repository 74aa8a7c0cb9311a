import {
  type AnySQLiteColumn,
  index,
  integer,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { RevocationRecord } from "../../core/ports/revocations.ts";
import type { AuditEvent, SigningKeyRow, TokenRow } from "../../core/ports/store.ts";

/**
 * The tables. Times are milliseconds since the epoch; lists are JSON arrays. Every row that belongs to somebody carries the
 * owner pair and the tenant (CONTRACT §4). No column ever holds the text of a token.
 */

const owner = () => ({
  ownerIss: text("owner_iss").notNull(),
  ownerSub: text("owner_sub").notNull(),
  tenant: text("tenant"),
});

const list = (name: string) => text(name, { mode: "json" }).$type<readonly string[]>().notNull();

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
    index("delegations_by_root").on(table.root),
    index("delegations_by_owner").on(table.ownerIss, table.ownerSub),
    index("delegations_by_agent").on(table.agent),
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
    issuedAt: integer("issued_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [
    index("tokens_by_dlg").on(table.dlg),
    index("tokens_by_owner").on(table.ownerIss, table.ownerSub),
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

export const signingKeys = sqliteTable("signing_keys", {
  kid: text("kid").primaryKey(),
  alg: text("alg").$type<SigningKeyRow["alg"]>().notNull(),
  status: text("status").$type<SigningKeyRow["status"]>().notNull(),
  publicJwk: text("public_jwk").notNull(),
  sealedPrivateKey: text("sealed_private_key").notNull(),
  createdAt: integer("created_at").notNull(),
});

/** The audit chain (S21): each row's `hash` covers its fields and the hash before. Rows are only ever added. */
export const auditEvents = sqliteTable(
  "audit_events",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    v: integer("v").notNull(),
    time: integer("time").notNull(),
    action: text("action").$type<AuditEvent["action"]>().notNull(),
    decision: text("decision").$type<AuditEvent["decision"]>().notNull(),
    reason: text("reason"),
    userIss: text("user_iss"),
    userSub: text("user_sub"),
    chain: list("chain"),
    jti: text("jti"),
    root: text("root"),
    sid: text("sid"),
    resource: text("resource"),
    policy: text("policy"),
    requestId: text("request_id"),
    prev: text("prev").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [
    index("events_by_root").on(table.root),
    index("events_by_user").on(table.userIss, table.userSub),
  ],
);

/** Small named facts about this store, each said once. */
export const facts = sqliteTable("facts", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
});
