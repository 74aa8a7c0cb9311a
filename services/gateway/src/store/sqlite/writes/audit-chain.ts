import {
  AUDIT_CHAIN_START,
  AUDIT_ROW_VERSION,
  auditCommitment,
  auditRowHash,
  auditSalt,
} from "../../../core/audit-row.ts";
import type { AuditEvent, Checkpoint } from "../../../core/ports/audit.ts";
import type { Connection } from "../connect.ts";
import { insertInto, json } from "./insert.ts";

const COLUMNS = [
  "seq",
  "v",
  "time",
  "action",
  "decision",
  "reason",
  "commitment",
  "chain",
  "jti",
  "root",
  "sid",
  "resource",
  "policy",
  "request_id",
  "prev",
  "hash",
];

interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** Adds to the chain. Only inside a write transaction: the head it builds on must not move (S20). */
export function auditChain(db: Connection) {
  const findHead = db.prepare<[], Head>("select seq, hash from audit_events order by seq desc limit 1");
  // By place, not by name: looking sixteen names up costs as much as the row. There may be one for every relayed call.
  const places = COLUMNS.map(() => "?").join(", ");
  const insert = db.prepare(`insert into audit_events (${COLUMNS.join(", ")}) values (${places})`);
  const insertPerson = db.prepare("insert into event_people (seq, salt, iss, sub) values (?, ?, ?, ?)");
  // A row of version 1 has no salt: its hash covers the user as such, and the chain would not hold without.
  const erase = db.prepare("delete from event_people where iss = ? and sub = ? and salt is not null");
  // Two that state the same place in the chain state the same: the first is kept.
  const insertCheckpoint = insertInto(db, "checkpoints", {
    columns: ["seq", "hash", "time", "jws"],
    conflict: "on conflict do nothing",
  });
  let head: Head | undefined;

  return {
    /** Reads where the chain stands: at the beginning of every transaction, and after a part of one was undone. */
    reread(): void {
      head = findHead.get();
    },
    append(event: AuditEvent): void {
      const { user } = event;
      const seq = (head?.seq ?? 0) + 1;
      const prev = head?.hash ?? AUDIT_CHAIN_START;
      const salt = user && auditSalt();
      const commitment = user && salt && auditCommitment(salt, user);
      const hash = auditRowHash({ ...event, seq, v: AUDIT_ROW_VERSION, commitment, prev });
      insert.run(
        seq,
        AUDIT_ROW_VERSION,
        event.time,
        event.action,
        event.decision,
        event.reason,
        commitment,
        event.chain.length === 0 ? "[]" : json(event.chain),
        event.jti,
        event.root,
        event.session,
        event.resource,
        event.policy,
        event.requestId,
        prev,
        hash,
      );
      if (user !== null) insertPerson.run(seq, salt, user.iss, user.sub);
      head = { seq, hash };
    },
    /** Forgets who the commitments stand for. @returns how many rows */
    erase: ({ iss, sub }: NonNullable<AuditEvent["user"]>): number => erase.run(iss, sub).changes,
    addCheckpoint: (checkpoint: Checkpoint) => void insertCheckpoint.run(checkpoint),
  };
}
