import type { Connection } from "../connect.ts";

/** Rows of each table looked at in one go: a few milliseconds of the writer's time. */
const ROWS = 500;
/** How long an ended token stays to be shown, in milliseconds. */
const SHOWN_AFTER_END_MS = 3_600_000;
/** How long a task's or context's owner is remembered after its last use, and where its notices go, in milliseconds. */
const THINGS_KEPT_MS = 90 * 24 * 3_600_000;
/** What another process may still accept by a clock that is behind ours, in milliseconds. */
const CLOCKS_APART_MS = 300_000;
/** How long sums of usage are kept, in milliseconds: thirteen months, so that a month can be laid beside that of a year before. */
const USAGE_KEPT_MS = 400 * 24 * 3_600_000;

/** How long an ended task stays to be asked about, in milliseconds. */
const TASKS_KEPT_MS = 3_600_000;

/**
 * Removes what can matter no more, some rows at a time. Rows stand in the order they were made, which is nearly that of
 * their ends: so only the oldest are looked at, and no index has to be paid for at every issue.
 */
export function purgeStatements(db: Connection) {
  const uses = db.prepare(
    `delete from single_uses where rowid in (
      select rowid from (select rowid, expires_at from single_uses order by rowid limit ${ROWS}) where expires_at < ?)`,
  );
  const tokens = db.prepare(
    `delete from tokens where rowid in (
      select rowid from (select rowid, expires_at from tokens order by rowid limit ${ROWS}) where expires_at < ?)`,
  );
  // Leaves first; what stands above them goes in a later round. A leaf may have been made long after the oldest, so each tree is
  // gone down into, one branch before the next: else those above would stand in the way of all others for ever.
  const delegations = db.prepare(
    `with recursive ended (id, depth) as (
      select id, 0 from (select id, renewable_until from delegations order by rowid limit ${ROWS}) where renewable_until < @ended
      union all select below.id, depth + 1 from delegations as below join ended on below.parent = ended.id
      order by 2 desc limit ${4 * ROWS})
    delete from delegations where id in (select id from ended) and renewable_until < @ended
      and not exists (select 1 from tokens where dlg = delegations.id)
      and not exists (select 1 from delegations as below where below.parent = delegations.id)`,
  );
  const revocations = db.prepare(
    `delete from revocations where seq in (select seq from revocations where until < ? order by seq limit ${ROWS})`,
  );
  const usage = db.prepare(
    `delete from usage where rowid in (select rowid from usage where hour < ? order by hour limit ${ROWS})`,
  );
  const use = db.prepare(
    `delete from limit_use where rowid in (select rowid from limit_use where ends_at < ? limit ${ROWS})`,
  );
  const holds = db.prepare(
    `delete from limit_holds where rowid in (select rowid from limit_holds where until < ? limit ${ROWS})`,
  );
  const tasks = db.prepare(
    `delete from tasks where rowid in (
      select rowid from tasks where sealed_result is not null and updated_at < ? order by updated_at limit ${ROWS})`,
  );
  const things = db.prepare(
    `delete from agent_things where rowid in (select rowid from agent_things where used_at < ? order by used_at limit ${ROWS})`,
  );
  const pushes = db.prepare(
    `delete from pushes where rowid in (
      select rowid from (select rowid, created_at from pushes order by rowid limit ${ROWS}) where created_at < ?)`,
  );
  return {
    /** @returns how many rows went; 0 when there was nothing to remove */
    round(now: number): number {
      return [
        uses.run(now - CLOCKS_APART_MS),
        tokens.run(now - SHOWN_AFTER_END_MS),
        delegations.run({ ended: now - CLOCKS_APART_MS }),
        revocations.run(now - CLOCKS_APART_MS),
        use.run(now - CLOCKS_APART_MS),
        holds.run(now - CLOCKS_APART_MS),
        usage.run(now - USAGE_KEPT_MS),
        tasks.run(now - TASKS_KEPT_MS),
        things.run(now - THINGS_KEPT_MS),
        pushes.run(now - THINGS_KEPT_MS),
      ].reduce((sum, { changes }) => sum + changes, 0);
    },
  };
}
