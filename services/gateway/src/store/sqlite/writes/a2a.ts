import type { Owner } from "../../../core/owner.ts";
import type { Claim, PushNames, PushRow } from "../../../core/ports/a2a.ts";
import type { Connection } from "../connect.ts";
import { insertInto, OWNER_COLUMNS, ownerColumns } from "./insert.ts";

/** How exactly the last use is kept, in milliseconds: a busy conversation costs one write a day. */
const USE_GRAIN_MS = 86_400_000;

export function a2aWrites(db: Connection) {
  const claim = insertInto(db, "agent_things", {
    columns: ["agent", "kind", "id", ...OWNER_COLUMNS, "used_at"],
    conflict: `on conflict do update set used_at = excluded.used_at where used_at < excluded.used_at - ${USE_GRAIN_MS}`,
  });
  const owner = db.prepare<[string, string, string], Owner>(
    "select owner_iss as iss, owner_sub as sub, tenant from agent_things where agent = ? and kind = ? and id = ?",
  );
  const isAnothers = (standing: Owner | undefined, { owner }: Claim) =>
    standing !== undefined &&
    (standing.iss !== owner.iss || standing.sub !== owner.sub || standing.tenant !== owner.tenant);
  const put = insertInto(db, "pushes", {
    columns: [
      "id",
      "agent",
      ...OWNER_COLUMNS,
      "task",
      "config",
      "url",
      "sealed",
      "secret_hash",
      "created_at",
    ],
  });
  const name = db.prepare(
    "update pushes set task = coalesce(task, @task), config = coalesce(config, @config) where id = @id",
  );
  const removeById = db.prepare("delete from pushes where id = ?");
  const removeByNames = db.prepare(
    "delete from pushes where agent = @agent and task = @task and config = @config",
  );
  return {
    claim: (claims: readonly Claim[], now: number): readonly Owner[] =>
      claims.map((one) => {
        const standing = owner.get(one.agent, one.kind, one.id);
        // Another's use is not to keep it alive.
        if (standing !== undefined && isAnothers(standing, one)) return standing;
        claim.run({
          agent: one.agent,
          kind: one.kind,
          id: one.id,
          ...ownerColumns(one.owner),
          used_at: now,
        });
        return one.owner;
      }),
    putPush: (row: PushRow): void =>
      void put.run({
        id: row.id,
        agent: row.agent,
        ...ownerColumns(row.owner),
        task: row.task,
        config: row.config,
        url: row.url,
        sealed: row.sealed,
        secret_hash: row.secretHash,
        created_at: row.createdAt,
      }),
    namePush: (id: string, names: { readonly task: string; readonly config: string | null }): void =>
      void name.run({ id, ...names }),
    removePushes: (which: { readonly id: string } | PushNames): number =>
      ("agent" in which ? removeByNames.run(which) : removeById.run(which.id)).changes,
  };
}
