import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AuditEvent } from "../../../core/ports/audit.ts";
import { list } from "./columns.ts";

/**
 * The audit chain (S21): each row's `hash` covers its fields and the hash before. Rows are only ever added. Where a user
 * belongs, it holds a salted commitment.
 */
export const auditEvents = sqliteTable(
  "audit_events",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    v: integer("v").notNull(),
    time: integer("time").notNull(),
    action: text("action").$type<AuditEvent["action"]>().notNull(),
    decision: text("decision").$type<AuditEvent["decision"]>().notNull(),
    reason: text("reason"),
    commitment: text("commitment"),
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
  (table) => [index("events_by_root").on(table.root)],
);

/** What opens the commitments. Rows may be erased, and the chain still holds. No other table names `audit` (S21). */
export const eventPeople = sqliteTable(
  "event_people",
  {
    seq: integer("seq").primaryKey(),
    /** `null` beside a row of version 1, which holds no commitment. */
    salt: text("salt"),
    iss: text("iss").notNull(),
    sub: text("sub").notNull(),
  },
  (table) => [index("people_by_user").on(table.iss, table.sub)],
);

/** Signed statements of where the chain stood. */
export const checkpoints = sqliteTable("checkpoints", {
  seq: integer("seq").primaryKey(),
  hash: text("hash").notNull(),
  time: integer("time").notNull(),
  jws: text("jws").notNull(),
});
