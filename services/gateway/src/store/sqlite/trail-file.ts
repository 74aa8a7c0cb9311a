import { existsSync } from "node:fs";
import type { Checkpoint } from "../../core/ports/audit.ts";
import { StoreError } from "../store-error.ts";
import { type Connection, connectReadOnly, messageOf } from "./connect.ts";
import { sqlitePath } from "./location.ts";

/** A row of the chain as the file holds it: whoever can write to the file may have written anything there. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** The audit trail of a database file, as it stood when it was opened. */
export interface TrailFile {
  /** Rows in order, with the person beside them; `after` skips those up to a `seq`. One pass in constant memory. */
  rows(after?: number): Iterable<StoredRow>;
  /** The highest `seq` that the table ever held: SQLite keeps count, also of what was deleted since. */
  readonly highest: number;
  readonly checkpoints: readonly Checkpoint[];
  /** Public halves of all signing keys, retired ones too: JWK, JSON, by what should be their thumbprint. */
  readonly publicKeys: readonly { readonly kid: string; readonly alg: string; readonly publicJwk: string }[];
  close(): void;
}

const ROWS = `
  select a.seq, a.v, a.time, a.action, a.decision, a.reason, a.commitment, a.chain, a.jti, a.root, a.sid as session,
    a.resource, a.policy, a.request_id as requestId, a.prev, a.hash, p.salt, p.iss, p.sub
  from audit_events a left join event_people p on p.seq = a.seq
  where a.seq > ? order by a.seq`;

/**
 * Opens the file that `DATABASE_URL` names to read its audit trail, beside a gateway that writes to it: nothing is made,
 * migrated or written. What is read is of one moment.
 * @throws StoreError where there is no such file or it holds no trail
 */
export function openTrailFile(databaseUrl: string): TrailFile {
  const path = sqlitePath(databaseUrl);
  if (!existsSync(path)) throw new StoreError(`there is no database ${path}`);
  let db: Connection | undefined;
  try {
    db = connectReadOnly(path);
    return readTrail(db);
  } catch (cause) {
    db?.close();
    const old = /no such (table|column)/.test(messageOf(cause));
    throw new StoreError(
      old
        ? `the database ${path} has no audit trail of this version (start the gateway once, or migrate it)`
        : `the database ${path} cannot be read: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function readTrail(db: Connection): TrailFile {
  // A read transaction: every statement sees the same moment.
  db.exec("begin");
  const rows = db.prepare<[number], StoredRow>(ROWS);
  const last = db.prepare("select seq from sqlite_sequence where name = 'audit_events'").pluck().get();
  return {
    rows: (after = Number.MIN_SAFE_INTEGER) => rows.iterate(after),
    highest: Number.isSafeInteger(last) ? (last as number) : 0,
    checkpoints: db
      .prepare<[], Checkpoint>("select seq, hash, time, jws from checkpoints order by seq")
      .all(),
    publicKeys: db
      .prepare<[], TrailFile["publicKeys"][number]>(
        "select kid, alg, public_jwk as publicJwk from signing_keys order by created_at",
      )
      .all(),
    close: () => db.close(),
  };
}
