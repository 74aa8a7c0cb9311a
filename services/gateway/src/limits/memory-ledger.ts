import type { Clock } from "../core/clock.ts";
import { bucketEnd, bucketsOf, freeIn, holdingOf } from "../core/ledger-rule.ts";
import type { Ledger, LedgerGrant, LedgerOrder } from "../core/ports/ledger.ts";

export interface MemoryLedgerOptions {
  readonly clock: Clock;
  readonly leaseMs?: number;
  /** Accounts at most. */
  readonly most?: number;
}

/** Who may come and go: callers do not decide over more memory than this, some 100 MB at the very worst. */
const MOST = 200_000;
const SWEEP_MS = 60_000;

interface Book {
  /** Bucket → used in it, oldest first. */
  readonly buckets: Map<number, number>;
  used: number;
  /** When nothing of what was used counts any more. */
  endsAt: number;
  readonly holds: Map<string, { amount: number; until: number }>;
}

/** The ledger of one process, or of the primary for all its workers. It ends with the process. */
export function createMemoryLedger({ clock, leaseMs = 10_000, most = MOST }: MemoryLedgerOptions): Ledger {
  const books = new Map<string, Book>();
  let sweptAt = clock.now();

  function open(account: string, now: number): Book {
    const known = books.get(account);
    if (known !== undefined) return known;
    if (now - sweptAt > SWEEP_MS || books.size >= most) sweep(now);
    if (books.size >= most) throw new RangeError("there are more accounts than can be counted");
    const book: Book = { buckets: new Map(), used: 0, endsAt: 0, holds: new Map() };
    books.set(account, book);
    return book;
  }

  /** Forgets the accounts that nobody has asked about since they ran out. */
  function sweep(now: number): void {
    for (const [account, { holds, endsAt }] of books) {
      const isHeld = [...holds.values()].some(({ until }) => until > now);
      if (!isHeld && endsAt <= now) books.delete(account);
    }
    sweptAt = now;
  }

  function carryOut(holder: string, order: LedgerOrder, now: number): LedgerGrant {
    const book = open(order.account, now);
    const { current, oldest } = bucketsOf(order.span, now);
    for (const [bucket, amount] of book.buckets) {
      if (bucket >= oldest) break;
      book.buckets.delete(bucket);
      book.used -= amount;
    }
    if (order.used > 0 && order.span.kind !== "none") {
      book.buckets.set(current, (book.buckets.get(current) ?? 0) + order.used);
      book.used += order.used;
      book.endsAt = bucketEnd(order.span, current);
    }
    let others = 0;
    for (const [id, hold] of book.holds) {
      if (hold.until <= now) book.holds.delete(id);
      else if (id !== holder) others += hold.amount;
    }
    const held = holdingOf(order, book.used, others);
    if (held > 0) book.holds.set(holder, { amount: held, until: now + leaseMs });
    else book.holds.delete(holder);
    const { used, buckets } = book;
    if (used === 0 && book.holds.size === 0) books.delete(order.account);
    return {
      held,
      left: Math.max(0, order.limit - used - others - held),
      freeInMs: freeIn(order, { used, others, buckets }, now),
    };
  }

  return {
    leaseMs,
    exchange(holder, orders) {
      const now = clock.now();
      return orders.map((order) => carryOut(holder, order, now));
    },
  };
}
