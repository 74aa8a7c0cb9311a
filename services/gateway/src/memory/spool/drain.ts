import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../core/clock.ts";
import type { MemoryEvent, MemorySpool } from "../../core/ports/memory.ts";

export interface DrainOptions {
  readonly spool: Pick<MemorySpool, "next" | "settle" | "state">;
  /** What is kept of a sealed batch. */
  events(sealed: Uint8Array): Promise<readonly MemoryEvent[]>;
  /** Bytes that wait on the disk now. */
  onState(bytes: number): void;
  readonly clock: Clock;
  readonly log: { error(fields: object, message: string): void };
}

export interface Drain {
  /** There is something to do. */
  wake(): void;
  close(): Promise<void>;
  /** Did the last batch fail? */
  readonly failing: boolean;
}

/** How often it is looked whether another process has left something behind, in milliseconds. */
const LOOK_MS = 60_000;
const RETRY_MS = 2_000;
/** The least share of the time that draining gets, while requests take all there is. */
const LEAST_SHARE = 0.02;

/**
 * Empties the spool behind everybody's back: one batch after the other is redacted on its thread and written, in one transaction
 * with its removal. It takes what time the requests leave: where they keep this process busy and there is one core for both, it
 * all but stops, and the spool grows until it is quieter.
 */
export function createDrain({ spool, events, onState, clock, log }: DrainOptions): Drain {
  let closed = false;
  let failing = false;
  let running: Promise<void> | undefined;
  let again = false;
  const unreadable = new Set<number>();
  const stop = new AbortController();
  const hasCoreOfItsOwn = availableParallelism() > 1;
  let busySince = performance.eventLoopUtilization();

  const look = setInterval(wake, LOOK_MS);
  look.unref();

  function wake(): void {
    again = true;
    if (closed || running !== undefined) return;
    running = run().finally(() => {
      running = undefined;
      if (again) wake();
    });
  }

  async function run(): Promise<void> {
    again = false;
    try {
      await drainAll();
      failing = false;
    } catch (error) {
      if (closed) return;
      if (!failing)
        log.error({ error: String(error) }, "the spool of memory cannot be drained: records wait");
      failing = true;
      again = true;
      await rest(RETRY_MS);
    }
  }

  /** A batch that cannot be opened stays where it is, and those behind it go on. */
  async function drainAll(): Promise<void> {
    let after = 0;
    for (;;) {
      const [batch] = await spool.next(clock.now(), after);
      if (batch === undefined || closed) break;
      after = batch.seq;
      if (unreadable.has(batch.seq)) continue;
      const began = performance.now();
      const made = await events(batch.sealed).catch((error: unknown) => {
        if (closed) throw error;
        unreadable.add(batch.seq);
        log.error(
          { seq: batch.seq, error: String(error) },
          "a batch of memory cannot be read: it is left in the spool",
        );
        return null;
      });
      if (made !== null) await spool.settle(batch.seq, made);
      onState((await spool.state()).bytes);
      await pause(performance.now() - began);
    }
    onState((await spool.state()).bytes);
  }

  async function pause(workedMs: number): Promise<void> {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, busySince);
    busySince = now;
    const share = hasCoreOfItsOwn ? Math.max(1 - utilization, 0.25) : Math.max(1 - utilization, LEAST_SHARE);
    if (utilization > 0.5) await rest(workedMs * (1 / share - 1));
  }

  async function rest(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: stop.signal, ref: false }).catch(() => {});
  }

  return {
    wake,
    async close() {
      closed = true;
      clearInterval(look);
      stop.abort();
      await running;
    },
    get failing() {
      return failing;
    },
  };
}
