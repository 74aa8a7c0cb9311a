import type { SigningKeyRow } from "../../../core/ports/store.ts";
import type { Connection } from "../connect.ts";
import { insertInto } from "./insert.ts";

const COLUMNS = ["kid", "alg", "status", "public_jwk", "sealed_private_key", "created_at", "changed_at"];

export function signingKeyWrites(db: Connection) {
  const all = db.prepare<[], SigningKeyRow>(
    `select kid, alg, status, public_jwk as publicJwk, sealed_private_key as sealedPrivateKey,
      created_at as createdAt, changed_at as changedAt from signing_keys order by created_at, kid`,
  );
  const clear = db.prepare("delete from signing_keys");
  const insert = insertInto(db, "signing_keys", { columns: COLUMNS });
  const add = (row: SigningKeyRow): void => {
    insert.run({
      kid: row.kid,
      alg: row.alg,
      status: row.status,
      public_jwk: row.publicJwk,
      sealed_private_key: row.sealedPrivateKey,
      created_at: row.createdAt,
      changed_at: row.changedAt,
    });
  };
  return {
    all: (): readonly SigningKeyRow[] => all.all(),
    add,
    replace(rows: readonly SigningKeyRow[]): void {
      clear.run();
      rows.forEach(add);
    },
  };
}
