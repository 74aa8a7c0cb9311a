import type { AgentRecord } from "../../../core/ports/agents.ts";
import type { Connection } from "../connect.ts";
import { insertInto, json, OWNER_COLUMNS, ownerColumns } from "./insert.ts";

const COLUMNS = [
  "id",
  "name",
  ...OWNER_COLUMNS,
  "auth",
  "secret_hash",
  "jwks",
  "scopes",
  "audiences",
  "ttl",
  "depth",
  "may_delegate_to",
  "status",
  "introspect",
  "endpoint",
  "created_at",
  "updated_at",
  "source",
];

export function agentWrites(db: Connection) {
  const insert = insertInto(db, "agents", { columns: COLUMNS, conflict: "on conflict do nothing" });
  const changedAt = db.prepare<[string], number>("select updated_at from agents where id = ?").pluck();
  const update = db.prepare(
    `update agents set ${COLUMNS.map((column) => `${column} = @${column}`).join(", ")} where id = @id`,
  );
  const remove = db.prepare<[string], { iss: string; sub: string }>(
    "delete from agents where id = ? returning owner_iss as iss, owner_sub as sub",
  );
  const active = db.prepare<[string], 1>("select 1 from agents where id = ? and status = 'active'");
  const count = db
    .prepare(
      "select count(*) from agents where owner_iss = @owner_iss and owner_sub = @owner_sub and tenant is @tenant",
    )
    .pluck();
  return {
    countOf: (owner: AgentRecord["owner"]): number => Number(count.get(ownerColumns(owner))),
    /** @returns false where the id is taken */
    insert: (agent: AgentRecord): boolean => insert.run(columnsOf(agent)).changes > 0,
    /** Replaces the record that was last changed at `readAt`. */
    replace(agent: AgentRecord, readAt: number): "updated" | "changed" | "absent" {
      const standing = changedAt.get(agent.id);
      if (standing === undefined) return "absent";
      if (standing !== readAt) return "changed";
      // It always moves on: two changes within a millisecond must not look like one.
      update.run(columnsOf({ ...agent, updatedAt: Math.max(agent.updatedAt, readAt + 1) }));
      return "updated";
    },
    /** @returns whose it was; `undefined` where there is none */
    remove: (id: string) => remove.get(id),
    isActive: (id: string): boolean => active.get(id) !== undefined,
  };
}

function columnsOf(agent: AgentRecord) {
  return {
    id: agent.id,
    name: agent.name,
    ...ownerColumns(agent.owner),
    auth: agent.auth,
    secret_hash: agent.secretHash,
    jwks: json(agent.jwks),
    scopes: json(agent.scopes),
    audiences: json(agent.audiences),
    ttl: agent.ttl,
    depth: agent.depth,
    may_delegate_to: json(agent.mayDelegateTo),
    status: agent.status,
    introspect: agent.introspect ? 1 : 0,
    endpoint: json(agent.endpoint),
    created_at: agent.createdAt,
    updated_at: agent.updatedAt,
    source: agent.source,
  };
}
