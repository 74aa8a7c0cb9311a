import type { AuditEvent, AuditStore, CallRecorder } from "../core/ports/audit.ts";
import { Progress } from "../core/progress.ts";
import type { Gap } from "./gap.ts";

export interface RecorderOptions {
  readonly trail: Pick<AuditStore, "append">;
  /** Makes the signed record of what was dropped (S21). */
  readonly gapEvent: (gap: Gap) => AuditEvent;
  readonly log: { error(fields: object, message: string): void };
  /** Most records that wait. */
  readonly capacity?: number;
  /** Most records of one transaction. */
  readonly batch?: number;
  /** Longest that a record waits for company, in milliseconds. */
  readonly everyMs?: number;
  /** How long to wait after the store failed, in milliseconds. */
  readonly retryMs?: number;
}

export interface Recorder extends CallRecorder {
  /** Resolves when everything recorded so far is durable, whatever has come since (`durability: strict`). */
  flush(): Promise<void>;
  /** Writes what waits; gives up when the store fails for this long, in milliseconds, and says how much was lost. */
  close(limitMs: number): Promise<void>;
  /** Records that wait now, and all that were ever dropped. */
  readonly waiting: number;
  readonly dropped: number;
  /** Did the last write fail? */
  readonly failing: boolean;
}

/** Beside an audit trail that cannot be written: some 30 MB. */
const CAPACITY = 65_536;
const BATCH = 500;
const EVERY_MS = 25;
const RETRY_MS = 1_000;

/**
 * Relayed calls on their way into the chain. A request pushes onto an array and goes on; batches are written one at a time
 * behind its back. What is lost on kill -9 is what settled since the last write began: `everyMs` and one transaction, or the
 * queue when the store is behind. When the queue is full, records are dropped until it is half empty, counted, and a signed
 * gap record stands where they would have stood.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const { trail, gapEvent, log } = options;
  const { capacity = CAPACITY, batch = BATCH, everyMs = EVERY_MS, retryMs = RETRY_MS } = options;
  const progress = new Progress();
  let queue: AuditEvent[] = [];
  let gap: Gap | null = null;
  let overflowing = false;
  let dropped = 0;
  let failing = false;
  let closed = false;
  let giveUpAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let pumping: Promise<void> | undefined;

  function record(event: AuditEvent): void {
    if (overflowing || queue.length >= capacity) {
      overflowing = true;
      dropped++;
      gap = { dropped: (gap?.dropped ?? 0) + 1, since: gap?.since ?? event.time, until: event.time };
      return;
    }
    if (gap !== null) closeGap();
    queue.push(event);
    progress.taken(1);
    if (queue.length >= batch) void pump();
    else timer ??= setTimeout(pump, everyMs);
  }

  function closeGap(): void {
    if (gap === null) return;
    queue.push(gapEvent(gap));
    progress.taken(1);
    gap = null;
  }

  function pump(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    pumping ??= writeAll().finally(() => {
      pumping = undefined;
      // What came in the very turn in which the loop ended.
      if (queue.length > 0 && !closed) timer ??= setTimeout(pump, everyMs);
    });
    return pumping;
  }

  async function writeAll(): Promise<void> {
    while (queue.length > 0 || gap !== null) {
      if (queue.length === 0) closeGap();
      const records = queue.slice(0, batch);
      if (!(await write(records))) return;
      queue = queue.slice(records.length);
      progress.done(records.length);
      if (queue.length <= capacity / 2) overflowing = false;
    }
  }

  /** Tries until it is written: a failed transaction has written nothing. @returns false when it was given up */
  async function write(records: readonly AuditEvent[]): Promise<boolean> {
    for (;;) {
      try {
        await trail.append(records);
        failing = false;
        return true;
      } catch (error) {
        if (!failing) log.error({ error: String(error) }, "the audit trail cannot be written: calls wait");
        failing = true;
        if (performance.now() + retryMs > giveUpAt) return false;
        await new Promise((wake) => setTimeout(wake, retryMs));
      }
    }
  }

  return {
    record,
    flush() {
      if (gap !== null) closeGap();
      if (queue.length > 0) void pump();
      return progress.reached();
    },
    async close(limitMs) {
      giveUpAt = performance.now() + limitMs;
      closed = true;
      while (queue.length > 0 || gap !== null || pumping !== undefined) {
        await pump();
        if (failing) break;
      }
      progress.fail(new Error("the audit trail cannot be written"));
      const lost = queue.length + (gap?.dropped ?? 0);
      if (lost > 0) log.error({ lost }, "relayed calls were not recorded: the audit trail cannot be written");
    },
    get waiting() {
      return queue.length;
    },
    get dropped() {
      return dropped;
    },
    get failing() {
      return failing;
    },
  };
}
