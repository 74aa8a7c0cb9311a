import type { TokenRow } from "../../../core/ports/store.ts";
import type { Connection } from "../connect.ts";
import { insertInto, json, OWNER_COLUMNS, ownerColumns } from "./insert.ts";

const COLUMNS = [
  "jti",
  "dlg",
  "parent",
  "root",
  "session",
  ...OWNER_COLUMNS,
  "agent",
  "agent_auth",
  "audience",
  "scopes",
  "jkt",
  "issued_at",
  "expires_at",
];

export function tokenWrites(db: Connection) {
  const insert = insertInto(db, "tokens", { columns: COLUMNS });
  const revoke = db.prepare("update tokens set revoked_at = ? where jti = ? and revoked_at is null");
  const revokeAll = db.prepare("update tokens set revoked_at = ? where dlg = ? and revoked_at is null");
  return {
    insert(row: TokenRow): void {
      insert.run({
        jti: row.jti,
        dlg: row.delegation,
        parent: row.parent,
        root: row.root,
        session: row.session,
        ...ownerColumns(row.owner),
        agent: row.agent,
        agent_auth: row.agentAuth,
        audience: row.audience,
        scopes: json(row.scopes),
        jkt: row.jkt,
        issued_at: row.issuedAt,
        expires_at: row.expiresAt,
      });
    },
    /** Marks one token; does nothing where it is unknown. */
    revoke: (jti: string, at: number) => void revoke.run(at, jti),
    /** Marks every token of a delegation. */
    revokeAll: (dlg: string, at: number) => void revokeAll.run(at, dlg),
  };
}
