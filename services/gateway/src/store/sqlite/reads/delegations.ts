import { eq, sql } from "drizzle-orm";
import type { Owner } from "../../../core/owner.ts";
import type { DelegationRow } from "../../../core/ports/store.ts";
import type { Drizzle } from "../drizzle.ts";
import { delegations } from "../schema/tokens.ts";
import { withOwner } from "./owned.ts";

export function delegationReads(db: Drizzle) {
  const find = db
    .select()
    .from(delegations)
    .where(eq(delegations.id, sql.placeholder("id")))
    .prepare();
  const ofSession = db
    .select()
    .from(delegations)
    .where(eq(delegations.session, sql.placeholder("session")))
    .limit(1)
    .prepare();
  return {
    find(id: string): DelegationRow | undefined {
      const row = find.get({ id });
      return row && withOwner(row);
    },
    ownerOfSession(session: string): Owner | undefined {
      const row = ofSession.get({ session });
      return row && withOwner(row).owner;
    },
  };
}
