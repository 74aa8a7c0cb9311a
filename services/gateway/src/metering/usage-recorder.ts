import type { UsageRecord, UsageStore, UsageSum } from "../core/ports/metering.ts";
import type { Principal } from "../core/principal.ts";
import { Progress } from "../core/progress.ts";
import { UsageSums } from "./usage-sums.ts";

export interface UsageRecorderOptions {
  readonly store: Pick<UsageStore, "add">;
  /** An event for whoever bills, JSON; absent where nobody is told. */
  readonly eventOf?: (usage: UsageRecord) => string;
  readonly log: { error(fields: object, message: string): void };
  /** Most events that wait to be written. */
  readonly capacity?: number;
  /** Longest that usage waits to be written, in milliseconds: what a kill -9 loses. */
  readonly everyMs?: number;
  /** How long to wait after the store failed, in milliseconds. */
  readonly retryMs?: number;
}

export interface UsageRecorder {
  record(usage: UsageRecord, principal: Principal): void;
  /** Resolves when everything recorded so far is durable, whatever has come since; waits as long as the store fails. */
  flush(): Promise<void>;
  /** Writes what waits; gives up when the store fails for this long, in milliseconds. */
  close(limitMs: number): Promise<void>;
  /** Rows and events that wait to be written. */
  readonly waiting: number;
  /** Events that were never written, because the store failed for too long. */
  readonly dropped: number;
  readonly failing: boolean;
}

type Events = { readonly id: string; readonly event: string }[];

const CAPACITY = 65_536;
/** A thousand users' sums are a thousand rows, however many calls each of them made. */
const EVERY_MS = 1_000;
/** Where there are events: somebody bills by them, and each is a row anyway. */
const EVENTS_EVERY_MS = 200;
const RETRY_MS = 1_000;

/**
 * Usage on its way to the store's writer. A call adds to a sum and goes on; sums and events are written behind its back, in one
 * transaction, one batch after the other. While the store fails, sums grow no further than their rows, and events wait up to
 * `capacity`: then new ones are dropped and counted.
 */
export function createUsageRecorder(options: UsageRecorderOptions): UsageRecorder {
  const { store, eventOf, log, capacity = CAPACITY, retryMs = RETRY_MS } = options;
  const { everyMs = eventOf === undefined ? EVERY_MS : EVENTS_EVERY_MS } = options;
  const progress = new Progress();
  const sums = new UsageSums();
  let recorded = 0;
  let events: Events = [];
  let dropped = 0;
  let failing = false;
  let giveUpAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let pumping: Promise<void> | undefined;

  const pending = (): number => sums.waiting + events.length;

  function pump(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    pumping ??= writeAll().finally(() => {
      pumping = undefined;
      // What came in the very turn in which the loop ended.
      if (pending() > 0 && giveUpAt === Number.POSITIVE_INFINITY) timer ??= setTimeout(pump, everyMs);
    });
    return pumping;
  }

  async function writeAll(): Promise<void> {
    while (pending() > 0) {
      const taken = events;
      const calls = recorded;
      events = [];
      recorded = 0;
      if (!(await write(sums.take(), taken))) return;
      progress.done(calls);
    }
  }

  /** @returns false when it was given up */
  async function write(rows: readonly UsageSum[], taken: Events): Promise<boolean> {
    for (;;) {
      try {
        await store.add(rows, taken);
        failing = false;
        return true;
      } catch (error) {
        if (!failing) log.error({ error: String(error) }, "usage cannot be written: it waits");
        failing = true;
        if (performance.now() + retryMs > giveUpAt) {
          log.error({ rows: rows.length, events: taken.length }, "usage was lost: it cannot be written");
          return false;
        }
        await new Promise((wake) => setTimeout(wake, retryMs));
      }
    }
  }

  return {
    record(usage, principal) {
      sums.add({ principal, model: usage.model, upstream: usage.upstream }, usage.usage, usage.time);
      if (eventOf !== undefined) {
        if (events.length < capacity) events.push({ id: usage.id, event: eventOf(usage) });
        else dropped++;
      }
      recorded++;
      progress.taken(1);
      timer ??= setTimeout(pump, everyMs);
    },
    flush() {
      if (pending() > 0) void pump();
      return progress.reached();
    },
    async close(limitMs) {
      giveUpAt = performance.now() + limitMs;
      await pumping;
      await pump();
      progress.fail(new Error("usage cannot be written"));
    },
    get waiting() {
      return pending();
    },
    get dropped() {
      return dropped;
    },
    get failing() {
      return failing;
    },
  };
}
