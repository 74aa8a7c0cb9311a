import { asc, sql } from "drizzle-orm";
import type { SigningKeyRow } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { signingKeys } from "./schema/authority.ts";

export function signingKeyTable(db: Drizzle) {
  const all = db
    .select()
    .from(signingKeys)
    .orderBy(asc(signingKeys.createdAt), asc(signingKeys.kid))
    .prepare();
  const clear = db.delete(signingKeys).prepare();
  const insert = db
    .insert(signingKeys)
    .values({
      kid: sql.placeholder("kid"),
      alg: sql.placeholder("alg"),
      status: sql.placeholder("status"),
      publicJwk: sql.placeholder("publicJwk"),
      sealedPrivateKey: sql.placeholder("sealedPrivateKey"),
      createdAt: sql.placeholder("createdAt"),
      changedAt: sql.placeholder("changedAt"),
    })
    .prepare();
  return {
    all: (): readonly SigningKeyRow[] => all.all(),
    insert: (row: SigningKeyRow) => void insert.run({ ...row }),
    replace(rows: readonly SigningKeyRow[]): void {
      clear.run();
      for (const row of rows) insert.run({ ...row });
    },
  };
}
