import type { TaskEnd, TaskRow } from "../../../core/ports/tasks.ts";
import type { Connection } from "../connect.ts";
import { insertInto, OWNER_COLUMNS, ownerColumns } from "./insert.ts";

const COLUMNS = [
  "id",
  ...OWNER_COLUMNS,
  "target",
  "state",
  "sealed_order",
  "sealed_result",
  "node",
  "external",
  "created_at",
  "updated_at",
];

type Row = Omit<TaskRow, "owner"> & { iss: string; sub: string; tenant: string | null };

const SELECTED = `id, owner_iss as iss, owner_sub as sub, tenant, target, state, sealed_order as sealedOrder,
  sealed_result as sealedResult, node, external, created_at as createdAt, updated_at as updatedAt`;

export function taskWrites(db: Connection) {
  const open = db
    .prepare(
      `select count(*) from tasks where sealed_result is null
        and owner_iss = @owner_iss and owner_sub = @owner_sub and tenant is @tenant`,
    )
    .pluck();
  const insert = insertInto(db, "tasks", { columns: COLUMNS });
  const begin = db.prepare(
    "update tasks set state = 'in_progress', updated_at = @at where id = @id and node = @node and state = 'queued'",
  );
  const name = db.prepare(
    "update tasks set external = @external where id = @id and node = @node and sealed_result is null",
  );
  const settle = "update tasks set state = @state, sealed_result = @result, updated_at = @at where id = @id";
  const end = db.prepare(`${settle} and node = @node and sealed_result is null`);
  const cancel = db.prepare(`${settle} and sealed_result is null`);
  const keep = db.prepare(
    "insert into task_nodes (node, alive_until) values (?, ?) on conflict (node) do update set alive_until = excluded.alive_until",
  );
  const release = db.prepare("delete from task_nodes where node = ?");
  const bury = db.prepare("delete from task_nodes where alive_until < ?");
  const adopt = db.prepare<[object], Row>(
    `update tasks set node = @node where id in (
      select id from tasks where sealed_result is null and node not in (select node from task_nodes)
      order by id limit @limit) returning ${SELECTED}`,
  );
  const outcome = (id: string, { state, sealedResult, at }: TaskEnd) => ({
    id,
    state,
    result: sealedResult,
    at,
  });
  return {
    add(task: TaskRow, most: number): "added" | "full" {
      const owner = ownerColumns(task.owner);
      if (Number(open.get(owner)) >= most) return "full";
      insert.run({
        id: task.id,
        ...owner,
        target: task.target,
        state: task.state,
        sealed_order: task.sealedOrder,
        sealed_result: task.sealedResult,
        node: task.node,
        external: task.external,
        created_at: task.createdAt,
        updated_at: task.updatedAt,
      });
      return "added";
    },
    begin: (id: string, node: string, at: number): boolean => begin.run({ id, node, at }).changes > 0,
    name: (id: string, node: string, external: string): boolean =>
      name.run({ id, node, external }).changes > 0,
    end: (id: string, node: string, how: TaskEnd): boolean =>
      end.run({ ...outcome(id, how), node }).changes > 0,
    cancel: (id: string, how: TaskEnd): boolean => cancel.run(outcome(id, how)).changes > 0,
    keepNode: (node: string, until: number) => void keep.run(node, until),
    releaseNode: (node: string) => void release.run(node),
    adopt(node: string, now: number, limit: number): readonly TaskRow[] {
      bury.run(now);
      const rows = adopt.all({ node, limit });
      return rows
        .map(({ iss, sub, tenant, ...row }) => ({ ...row, owner: { iss, sub, tenant } }))
        .sort((one, other) => (one.id < other.id ? -1 : 1));
    },
  };
}
