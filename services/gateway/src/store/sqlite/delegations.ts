import { and, eq, isNull, sql } from "drizzle-orm";
import type { DelegationRow, IssueOutcome } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { delegations } from "./schema.ts";

export interface Delegations {
  find(id: string): DelegationRow | undefined;
  insert(row: DelegationRow): void;
  /** Whether a token may be issued for this delegation now: neither it nor anything above it is revoked or unknown. */
  judge(row: Pick<DelegationRow, "id" | "ancestors">, options: { readonly isNew: boolean }): IssueOutcome;
  /** Marks the node and everything below it. */
  revokeTree(id: string, at: number): void;
}

export function delegationTable(db: Drizzle): Delegations {
  const find = db
    .select()
    .from(delegations)
    .where(eq(delegations.id, sql.placeholder("id")))
    .prepare();
  const insert = db
    .insert(delegations)
    .values({
      id: sql.placeholder("id"),
      root: sql.placeholder("root"),
      parent: sql.placeholder("parent"),
      ancestors: sql.placeholder("ancestors"),
      ownerIss: sql.placeholder("ownerIss"),
      ownerSub: sql.placeholder("ownerSub"),
      tenant: sql.placeholder("tenant"),
      agent: sql.placeholder("agent"),
      chain: sql.placeholder("chain"),
      session: sql.placeholder("session"),
      scopes: sql.placeholder("scopes"),
      createdAt: sql.placeholder("createdAt"),
      renewableUntil: sql.placeholder("renewableUntil"),
      revokedAt: sql.placeholder("revokedAt"),
    })
    .prepare();
  const alive = db
    .select({ revokedAt: delegations.revokedAt })
    .from(delegations)
    .where(and(eq(delegations.id, sql.placeholder("id")), isNull(delegations.revokedAt)))
    .prepare();
  const revokeTree = db
    .update(delegations)
    .set({ revokedAt: sql`${sql.placeholder("at")}` })
    .where(
      and(
        // The index on `root` bounds the search to one tree.
        eq(delegations.root, sql`(select root from delegations where id = ${sql.placeholder("id")})`),
        isNull(delegations.revokedAt),
        sql`(${delegations.id} = ${sql.placeholder("id")} or exists
          (select 1 from json_each(${delegations.ancestors}) where value = ${sql.placeholder("id")}))`,
      ),
    )
    .prepare();

  const isAlive = (id: string) => alive.get({ id }) !== undefined;
  return {
    find(id) {
      const row = find.get({ id });
      if (row === undefined) return undefined;
      const { ownerIss, ownerSub, tenant, ...rest } = row;
      return { ...rest, owner: { iss: ownerIss, sub: ownerSub, tenant } };
    },
    insert({ owner, ...row }) {
      insert.run({ ...row, ownerIss: owner.iss, ownerSub: owner.sub, tenant: owner.tenant });
    },
    judge({ id, ancestors }, { isNew }) {
      if (!ancestors.every(isAlive)) return "ancestor_revoked";
      return isNew || isAlive(id) ? "issued" : "delegation_revoked";
    },
    revokeTree(id, at) {
      revokeTree.run({ id, at });
    },
  };
}
