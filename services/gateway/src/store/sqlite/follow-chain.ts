import Database from "better-sqlite3";
import { AUDIT_CHAIN_START, type AuditRow, auditRowHash } from "../../core/audit-row.ts";

interface StoredRow extends Omit<AuditRow, "user" | "chain" | "session" | "requestId"> {
  readonly chain: string;
  readonly sid: string | null;
  readonly request_id: string | null;
  readonly hash: string;
}

/**
 * Follows the chain as an auditor would, with nothing but the file. For tests.
 * @returns the action of each row
 */
export function followChain(path: string): readonly string[] {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare("select * from audit_events order by seq").all() as StoredRow[];
  db.close();
  let prev = AUDIT_CHAIN_START;
  return rows.map((row, index) => {
    const { chain, sid, request_id, hash, ...rest } = row;
    const event = { ...rest, user: null, chain: JSON.parse(chain), session: sid, requestId: request_id };
    if (row.seq !== index + 1 || row.prev !== prev) throw new Error(`the chain breaks at row ${row.seq}`);
    if (auditRowHash(event) !== hash) throw new Error(`row ${row.seq} was altered`);
    prev = hash;
    return row.action;
  });
}
