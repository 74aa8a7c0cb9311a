import { asc } from "drizzle-orm";
import type { SigningKeyRow } from "../../../core/ports/store.ts";
import type { Drizzle } from "../drizzle.ts";
import { signingKeys } from "../schema/authority.ts";

export function signingKeyReads(db: Drizzle) {
  const all = db
    .select()
    .from(signingKeys)
    .orderBy(asc(signingKeys.createdAt), asc(signingKeys.kid))
    .prepare();
  return { all: (): readonly SigningKeyRow[] => all.all() };
}
