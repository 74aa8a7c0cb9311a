import type { GrantRecord } from "../../../core/ports/agents.ts";
import type { Connection } from "../connect.ts";
import { insertInto, json, OWNER_COLUMNS, ownerColumns } from "./insert.ts";

const COLUMNS = [
  "id",
  ...OWNER_COLUMNS,
  "agent",
  "scopes",
  "memory",
  "created_at",
  "expires_at",
  "revoked_at",
];

export function grantWrites(db: Connection) {
  const clear = db.prepare(
    "delete from grants where owner_iss = @owner_iss and owner_sub = @owner_sub and tenant is @tenant and agent = @agent",
  );
  const takenBack = db.prepare(
    `select 1 from grants where owner_iss = @owner_iss and owner_sub = @owner_sub and tenant is @tenant and agent = @agent
      and revoked_at is not null`,
  );
  const insert = insertInto(db, "grants", { columns: COLUMNS });
  const revoke = db.prepare("update grants set revoked_at = ? where id = ? and revoked_at is null");
  const revokeAll = db.prepare("update grants set revoked_at = ? where agent = ? and revoked_at is null");
  const count = db
    .prepare(
      `select count(*) from grants where owner_iss = @owner_iss and owner_sub = @owner_sub and tenant is @tenant
        and agent <> @agent`,
    )
    .pluck();
  return {
    /** How many the user has to other agents. */
    countBeside: ({ owner, agent }: GrantRecord): number =>
      Number(count.get({ ...ownerColumns(owner), agent })),
    /** Takes the place of whatever the user had granted this agent: two that hold at once would add up. */
    replace(grant: GrantRecord): void {
      const owner = ownerColumns(grant.owner);
      clear.run({ ...owner, agent: grant.agent });
      insert.run({
        id: grant.id,
        ...owner,
        agent: grant.agent,
        scopes: json(grant.scopes),
        memory: grant.memory,
        created_at: grant.createdAt,
        expires_at: grant.expiresAt,
        revoked_at: grant.revokedAt,
      });
    },
    isTakenBack: (owner: GrantRecord["owner"], agent: string): boolean =>
      takenBack.get({ ...ownerColumns(owner), agent }) !== undefined,
    /** @returns false where there is none that stands */
    revoke: (id: string, at: number): boolean => revoke.run(at, id).changes > 0,
    /** Every grant to an agent: who takes its id later must not inherit what users allowed this one. */
    revokeAll: (agent: string, at: number) => void revokeAll.run(at, agent),
  };
}
