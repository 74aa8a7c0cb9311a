import { sql } from "drizzle-orm";
import type { SingleUse } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { singleUses } from "./schema/tokens.ts";

export function singleUseTable(db: Drizzle) {
  const insert = db
    .insert(singleUses)
    .values({
      issuer: sql.placeholder("issuer"),
      jti: sql.placeholder("jti"),
      expiresAt: sql.placeholder("expiresAt"),
    })
    .onConflictDoNothing()
    .prepare();
  return {
    /** @returns false when it was used before */
    consume: (use: SingleUse): boolean => insert.run({ ...use }).changes > 0,
  };
}
