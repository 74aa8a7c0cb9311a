import { bucketEnd, bucketsOf, freeIn, holdingOf } from "../../../core/ledger-rule.ts";
import type { LedgerGrant, LedgerOrder } from "../../../core/ports/ledger.ts";
import type { Connection } from "../connect.ts";

/** What one process sends in one go. */
export interface LedgerOrders {
  readonly holder: string;
  readonly orders: readonly LedgerOrder[];
  /** Milliseconds since the epoch; processes on one file have one clock. */
  readonly now: number;
  readonly leaseMs: number;
}

/** The ledger of all processes on one file. The write lock makes an order atomic. */
export function ledgerWrites(db: Connection) {
  const report = db.prepare(
    `insert into limit_use (account, bucket, used, ends_at) values (?, ?, ?, ?)
      on conflict do update set used = used + excluded.used`,
  );
  const use = db
    .prepare<[string, number], [number, number]>(
      "select bucket, used from limit_use where account = ? and bucket >= ? order by bucket",
    )
    .raw();
  const others = db
    .prepare<[string, string, number], number>(
      "select coalesce(sum(amount), 0) from limit_holds where account = ? and holder <> ? and until > ?",
    )
    .pluck();
  const hold = db.prepare(
    `insert into limit_holds (account, holder, amount, until) values (?, ?, ?, ?)
      on conflict do update set amount = excluded.amount, until = excluded.until`,
  );
  const release = db.prepare("delete from limit_holds where account = ? and holder = ?");

  function carryOut(order: LedgerOrder, { holder, now, leaseMs }: LedgerOrders): LedgerGrant {
    const { account, span, limit } = order;
    const { current, oldest } = bucketsOf(span, now);
    if (order.used > 0 && span.kind !== "none")
      report.run(account, current, order.used, bucketEnd(span, current));
    const buckets = use.all(account, oldest);
    const used = buckets.reduce((sum, [, amount]) => sum + amount, 0);
    const elsewhere = others.get(account, holder, now) ?? 0;
    const held = holdingOf(order, used, elsewhere);
    if (held > 0) hold.run(account, holder, held, now + leaseMs);
    else release.run(account, holder);
    return {
      held,
      left: Math.max(0, limit - used - elsewhere - held),
      freeInMs: freeIn(order, { used, others: elsewhere, buckets }, now),
    };
  }

  return {
    exchange: (batch: LedgerOrders): readonly LedgerGrant[] =>
      batch.orders.map((order) => carryOut(order, batch)),
  };
}
