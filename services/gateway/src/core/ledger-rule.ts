import { type LedgerOrder, type LedgerSpan, SLIDING_STEPS } from "./ports/ledger.ts";

/** Of what is left after all that is needed, one process takes this part in advance at most: so that the last of it goes to whoever asks. */
const BLOCK_PART = 8;

/**
 * How much a process may hold: the rule of every ledger (the script of Redis says the same). What runs already is never taken back.
 * @param used by all, in the span, the order's own report included
 * @param others held by the other processes
 */
export function holdingOf(
  { limit, live, keep, need, wish }: LedgerOrder,
  used: number,
  others: number,
): number {
  const available = limit - used - others;
  const base = live + keep + need;
  if (available < base) return Math.max(live, available);
  return base + Math.min(wish, Math.floor((available - base) / BLOCK_PART));
}

/** The bucket that use at this time is counted in, and the oldest one that still counts. */
export function bucketsOf(
  span: LedgerSpan,
  now: number,
): { readonly current: number; readonly oldest: number } {
  switch (span.kind) {
    case "sliding": {
      const current = Math.floor(now / stepOf(span.ms));
      return { current, oldest: current - SLIDING_STEPS };
    }
    case "period":
      return { current: span.start, oldest: span.start };
    case "none":
      return { current: 0, oldest: 1 };
  }
}

/** Milliseconds of one step of a sliding window. */
export function stepOf(ms: number): number {
  return Math.ceil(ms / SLIDING_STEPS);
}

/** When a bucket stops to count, in milliseconds since the epoch. */
export function bucketEnd(span: LedgerSpan, bucket: number): number {
  switch (span.kind) {
    case "sliding":
      return (bucket + SLIDING_STEPS + 1) * stepOf(span.ms);
    case "period":
      return span.end;
    case "none":
      return 0;
  }
}

/**
 * How long until what waits would fit, were nothing else to happen; 0 where use is not what stands in its way.
 * @param buckets oldest first
 */
export function freeIn(
  order: LedgerOrder,
  {
    used,
    others,
    buckets,
  }: {
    readonly used: number;
    readonly others: number;
    readonly buckets: Iterable<readonly [bucket: number, used: number]>;
  },
  now: number,
): number {
  let excess = used + others + order.live + order.need - order.limit;
  if (excess <= 0) return 0;
  for (const [bucket, amount] of buckets) {
    excess -= amount;
    if (excess <= 0) return Math.max(1, bucketEnd(order.span, bucket) - now);
  }
  return 0;
}
