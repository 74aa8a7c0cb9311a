import { desc, sql } from "drizzle-orm";
import {
  AUDIT_CHAIN_START,
  AUDIT_ROW_VERSION,
  auditCommitment,
  auditRowHash,
  auditSalt,
} from "../../core/audit-row.ts";
import type { AuditEvent } from "../../core/ports/audit.ts";
import type { Drizzle } from "./drizzle.ts";
import { auditEvents, eventPeople } from "./schema/trail.ts";

/** The last row of the chain; `undefined` where there is none. */
export type ChainHead = { readonly seq: number; readonly hash: string } | undefined;

export function findChainHead(db: Drizzle): () => ChainHead {
  const head = db
    .select({ seq: auditEvents.seq, hash: auditEvents.hash })
    .from(auditEvents)
    .orderBy(desc(auditEvents.seq))
    .limit(1)
    .prepare();
  return () => head.get();
}

/** Adds to the chain. Only inside a write transaction: the head it builds on must not move (S20). */
export function auditChain(db: Drizzle) {
  const findHead = findChainHead(db);
  const insert = db
    .insert(auditEvents)
    .values({
      seq: sql.placeholder("seq"),
      v: sql.placeholder("v"),
      time: sql.placeholder("time"),
      action: sql.placeholder("action"),
      decision: sql.placeholder("decision"),
      reason: sql.placeholder("reason"),
      commitment: sql.placeholder("commitment"),
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
  const insertPerson = db
    .insert(eventPeople)
    .values({
      seq: sql.placeholder("seq"),
      salt: sql.placeholder("salt"),
      iss: sql.placeholder("iss"),
      sub: sql.placeholder("sub"),
    })
    .prepare();
  let head: ChainHead;
  return {
    /** Reads where the chain stands: at the beginning of every transaction, and after a part of one was undone. */
    reread(): void {
      head = findHead();
    },
    append(event: AuditEvent): void {
      const { user } = event;
      const salt = auditSalt();
      const row = {
        ...event,
        seq: (head?.seq ?? 0) + 1,
        v: AUDIT_ROW_VERSION,
        commitment: user && auditCommitment(salt, user),
        prev: head?.hash ?? AUDIT_CHAIN_START,
      };
      const hash = auditRowHash(row);
      insert.run({ ...row, hash });
      if (user !== null) insertPerson.run({ seq: row.seq, salt, iss: user.iss, sub: user.sub });
      head = { seq: row.seq, hash };
    },
  };
}
