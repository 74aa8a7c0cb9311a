import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Page, PageQuestion, TokenRow } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { ownedBy, ownerColumns, withOwner } from "./owned.ts";
import { before, pageOf } from "./page.ts";
import { tokens } from "./schema/tokens.ts";

export function tokenWrites(db: Drizzle) {
  const insert = db
    .insert(tokens)
    .values({
      jti: sql.placeholder("jti"),
      dlg: sql.placeholder("delegation"),
      parent: sql.placeholder("parent"),
      root: sql.placeholder("root"),
      session: sql.placeholder("session"),
      ownerIss: sql.placeholder("ownerIss"),
      ownerSub: sql.placeholder("ownerSub"),
      tenant: sql.placeholder("tenant"),
      agent: sql.placeholder("agent"),
      agentAuth: sql.placeholder("agentAuth"),
      audience: sql.placeholder("audience"),
      scopes: sql.placeholder("scopes"),
      jkt: sql.placeholder("jkt"),
      issuedAt: sql.placeholder("issuedAt"),
      expiresAt: sql.placeholder("expiresAt"),
    })
    .prepare();
  const revoke = db
    .update(tokens)
    .set({ revokedAt: sql`${sql.placeholder("at")}` })
    .where(and(eq(tokens.jti, sql.placeholder("jti")), isNull(tokens.revokedAt)))
    .prepare();
  const revokeAll = db
    .update(tokens)
    .set({ revokedAt: sql`${sql.placeholder("at")}` })
    .where(and(eq(tokens.dlg, sql.placeholder("dlg")), isNull(tokens.revokedAt)))
    .prepare();
  return {
    insert: ({ owner, ...row }: TokenRow) => void insert.run({ ...row, ...ownerColumns(owner) }),
    /** Marks one token; does nothing where it is unknown. */
    revoke: (jti: string, at: number) => void revoke.run({ jti, at }),
    /** Marks every token of a delegation. */
    revokeAll: (dlg: string, at: number) => void revokeAll.run({ dlg, at }),
  };
}

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
