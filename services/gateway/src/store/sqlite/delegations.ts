import { and, eq, isNull, sql } from "drizzle-orm";
import { type Owner, ownerKey } from "../../core/owner.ts";
import type { RevocationRecord } from "../../core/ports/revocations.ts";
import type { DelegationRow } from "../../core/ports/store.ts";
import type { Drizzle } from "./drizzle.ts";
import { ownerColumns, withOwner } from "./owned.ts";
import { delegations, revocations } from "./schema/tokens.ts";

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

export function delegationWrites(db: Drizzle) {
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
    .select({ ancestors: delegations.ancestors })
    .from(delegations)
    .where(and(eq(delegations.id, sql.placeholder("id")), isNull(delegations.revokedAt)))
    .prepare();
  const outlawed = db
    .select({ seq: revocations.seq })
    .from(revocations)
    .where(
      sql`${revocations.at} >= ${sql.placeholder("createdAt")} and (
        (${revocations.kind} = 'sid' and ${revocations.value} = ${sql.placeholder("session")}) or
        (${revocations.kind} = 'agent' and ${revocations.value} = ${sql.placeholder("agent")}) or
        (${revocations.kind} = 'user' and ${revocations.value} = ${sql.placeholder("owner")}))`,
    )
    .limit(1)
    .prepare();

  return {
    insert: ({ owner, ...row }: DelegationRow) => void insert.run({ ...row, ...ownerColumns(owner) }),
    /** The ancestors of a delegation that stands and is not revoked. */
    ancestorsOf: (id: string): readonly string[] | undefined => alive.get({ id })?.ancestors,
    isAlive: (id: string): boolean => alive.get({ id }) !== undefined,
    /** Whether an epoch stands that kills what is made at this node's time: it could not be marked, it was not there yet. */
    isOutlawed({ createdAt, session, agent, owner }: DelegationRow): boolean {
      return outlawed.get({ createdAt, session, agent, owner: ownerKey(owner) }) !== undefined;
    },
    /**
     * Marks the nodes that a record kills and everything below them. An epoch kills what was made at or before its time.
     * @returns the ids of those it marked
     */
    revoke(record: RevocationRecord): readonly string[] {
      const rows = db.all<{ id: string }>(sql`
        with recursive dead(id) as (
          select id from delegations where ${killedBy(record)}
          union select below.id from delegations below join dead on below.parent = dead.id)
        update delegations set revoked_at = ${record.at}
        where revoked_at is null and id in (select id from dead) returning id`);
      return rows.map(({ id }) => id);
    },
  };
}

function killedBy({ kind, value, at }: RevocationRecord) {
  if (kind === "dlg") return sql`id = ${value}`;
  const made = sql`created_at <= ${at}`;
  if (kind === "sid") return sql`session = ${value} and ${made}`;
  if (kind === "agent") return sql`agent = ${value} and ${made}`;
  if (kind === "user") {
    const [iss, sub] = JSON.parse(value) as [string, string];
    return sql`owner_iss = ${iss} and owner_sub = ${sub} and ${made}`;
  }
  return sql`false`;
}
