import { and, desc, eq, sql } from "drizzle-orm";
import type { Page, PageQuestion, TokenRow } from "../../../core/ports/store.ts";
import type { Drizzle } from "../drizzle.ts";
import { tokens } from "../schema/tokens.ts";
import { ownedBy, withOwner } from "./owned.ts";
import { before, pageOf } from "./page.ts";

export function tokenReads(db: Drizzle) {
  const find = db
    .select()
    .from(tokens)
    .where(eq(tokens.jti, sql.placeholder("jti")))
    .prepare();
  return {
    find(jti: string): TokenRow | undefined {
      const row = find.get({ jti });
      return row && tokenOf(row);
    },
    /** Newest first: a `jti` is a UUIDv7. */
    list({ owner, cursor, limit }: PageQuestion): Page<TokenRow> {
      const rows = db
        .select()
        .from(tokens)
        .where(and(ownedBy(tokens, owner), before(tokens.jti, cursor)))
        .orderBy(desc(tokens.jti))
        .limit(limit + 1)
        .all();
      return pageOf(rows.map(tokenOf), { limit, cursorOf: ({ jti }) => jti });
    },
  };
}

function tokenOf({ dlg, ...row }: typeof tokens.$inferSelect): TokenRow {
  return { ...withOwner(row), delegation: dlg };
}
