import { desc, sql } from "drizzle-orm";
import { AUDIT_CHAIN_START, AUDIT_ROW_VERSION, auditRowHash } from "../../core/audit-row.ts";
import type { AuditEvent } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { auditEvents } from "./schema.ts";

export interface AuditTrail {
  /** Adds an event to the chain. Only inside a write transaction: the head it builds on must not move (S20). */
  append(event: AuditEvent): void;
}

export function auditTrail(db: Drizzle): AuditTrail {
  const head = db
    .select({ seq: auditEvents.seq, hash: auditEvents.hash })
    .from(auditEvents)
    .orderBy(desc(auditEvents.seq))
    .limit(1)
    .prepare();
  const insert = db
    .insert(auditEvents)
    .values({
      seq: sql.placeholder("seq"),
      v: sql.placeholder("v"),
      time: sql.placeholder("time"),
      action: sql.placeholder("action"),
      decision: sql.placeholder("decision"),
      reason: sql.placeholder("reason"),
      userIss: sql.placeholder("userIss"),
      userSub: sql.placeholder("userSub"),
      chain: sql.placeholder("chain"),
      jti: sql.placeholder("jti"),
      root: sql.placeholder("root"),
      sid: sql.placeholder("session"),
      resource: sql.placeholder("resource"),
      policy: sql.placeholder("policy"),
      requestId: sql.placeholder("requestId"),
      prev: sql.placeholder("prev"),
      hash: sql.placeholder("hash"),
    })
    .prepare();
  return {
    append(event) {
      const last = head.get();
      const row = {
        ...event,
        seq: (last?.seq ?? 0) + 1,
        v: AUDIT_ROW_VERSION,
        prev: last?.hash ?? AUDIT_CHAIN_START,
      };
      insert.run({
        ...row,
        userIss: event.user?.iss ?? null,
        userSub: event.user?.sub ?? null,
        hash: auditRowHash(row),
      });
    },
  };
}
