import { ownerKey } from "../../../core/owner.ts";
import type { RevocationRecord } from "../../../core/ports/revocations.ts";
import type { DelegationRow } from "../../../core/ports/store.ts";
import type { Connection } from "../connect.ts";
import { insertInto, json, OWNER_COLUMNS, ownerColumns } from "./insert.ts";

const COLUMNS = [
  "id",
  "root",
  "parent",
  "ancestors",
  ...OWNER_COLUMNS,
  "agent",
  "chain",
  "session",
  "scopes",
  "created_at",
  "renewable_until",
  "revoked_at",
];

export function delegationWrites(db: Connection) {
  const insert = insertInto(db, "delegations", { columns: COLUMNS });
  const alive = db
    .prepare<[string], string>("select ancestors from delegations where id = ? and revoked_at is null")
    .pluck();
  const outlawed = db.prepare(
    `select 1 from revocations where at >= @createdAt and (
      (kind = 'sid' and value = @session) or (kind = 'agent' and value = @agent) or (kind = 'user' and value = @owner))`,
  );
  const ownerEpoch = db.prepare("select 1 from revocations where kind = 'user' and value = ? and at >= ?");
  const marking = (killed: string) =>
    db
      .prepare<[Killing], string>(
        `with recursive dead(id) as (
          select id from delegations where ${killed}
          union select below.id from delegations below join dead on below.parent = dead.id)
        update delegations set revoked_at = @at
        where revoked_at is null and id in (select id from dead) returning id`,
      )
      .pluck();
  const mark = {
    dlg: marking("id = @value"),
    sid: marking("session = @value and created_at <= @at"),
    agent: marking("agent = @value and created_at <= @at"),
    user: marking("owner_iss = @iss and owner_sub = @sub and created_at <= @at"),
  };

  return {
    insert(row: DelegationRow): void {
      insert.run({
        id: row.id,
        root: row.root,
        parent: row.parent,
        ancestors: json(row.ancestors),
        ...ownerColumns(row.owner),
        agent: row.agent,
        chain: json(row.chain),
        session: row.session,
        scopes: json(row.scopes),
        created_at: row.createdAt,
        renewable_until: row.renewableUntil,
        revoked_at: row.revokedAt,
      });
    },
    /** The ancestors of a delegation that stands and is not revoked. */
    ancestorsOf(id: string): readonly string[] | undefined {
      const ancestors = alive.get(id);
      return ancestors === undefined ? undefined : JSON.parse(ancestors);
    },
    isAlive: (id: string): boolean => alive.get(id) !== undefined,
    /** Whether an epoch stands that kills what was made when this node was: it was not there yet to be marked. */
    isOutlawed({ createdAt, session, agent, owner }: DelegationRow): boolean {
      return outlawed.get({ createdAt, session, agent, owner: ownerKey(owner) }) !== undefined;
    },
    /** Whether an epoch stands that kills what this owner's token of that time is turned into. */
    isOwnerOutlawed: (owner: DelegationRow["owner"], issuedAt: number): boolean =>
      ownerEpoch.get(ownerKey(owner), issuedAt) !== undefined,
    /**
     * Marks the nodes that a record kills and everything below them. An epoch kills what was made at or before its time.
     * @returns the ids of those it marked
     */
    revoke({ kind, value, at }: RevocationRecord): readonly string[] {
      if (kind === "jti") return [];
      const [iss, sub] = kind === "user" ? (JSON.parse(value) as [string, string]) : ["", ""];
      return mark[kind].all({ value, at, iss, sub });
    },
  };
}

interface Killing {
  readonly value: string;
  readonly at: number;
  readonly iss: string;
  readonly sub: string;
}
