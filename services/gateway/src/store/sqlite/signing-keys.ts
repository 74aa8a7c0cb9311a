import { asc, sql } from "drizzle-orm";
import type { SigningKeyRow } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { signingKeys } from "./schema.ts";

export interface SigningKeyTable {
  all(): readonly SigningKeyRow[];
  insert(row: SigningKeyRow): void;
}

export function signingKeyTable(db: Drizzle): SigningKeyTable {
  const all = db
    .select()
    .from(signingKeys)
    .orderBy(asc(signingKeys.createdAt), asc(signingKeys.kid))
    .prepare();
  const insert = db
    .insert(signingKeys)
    .values({
      kid: sql.placeholder("kid"),
      alg: sql.placeholder("alg"),
      status: sql.placeholder("status"),
      publicJwk: sql.placeholder("publicJwk"),
      sealedPrivateKey: sql.placeholder("sealedPrivateKey"),
      createdAt: sql.placeholder("createdAt"),
    })
    .prepare();
  return { all: () => all.all(), insert: (row) => void insert.run({ ...row }) };
}
