import { eq, sql } from "drizzle-orm";
import type { TokenRow } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { tokens } from "./schema.ts";

export interface Tokens {
  insert(row: TokenRow): void;
  /** Marks one token; does nothing where it is unknown. */
  revoke(jti: string, at: number): void;
}

export function tokenTable(db: Drizzle): Tokens {
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
      issuedAt: sql.placeholder("issuedAt"),
      expiresAt: sql.placeholder("expiresAt"),
    })
    .prepare();
  const revoke = db
    .update(tokens)
    .set({ revokedAt: sql`${sql.placeholder("at")}` })
    .where(eq(tokens.jti, sql.placeholder("jti")))
    .prepare();
  return {
    insert({ owner, ...row }) {
      insert.run({ ...row, ownerIss: owner.iss, ownerSub: owner.sub, tenant: owner.tenant });
    },
    revoke(jti, at) {
      revoke.run({ jti, at });
    },
  };
}
