import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../core/clock.ts";
import { randomHex } from "../../core/ids.ts";
import type { MemoryOutbox, OutboxState } from "../../core/ports/memory.ts";
import { firstSeq } from "../sqlite/memory/seq.ts";
import type { RemoteMemory } from "./remote.ts";

export interface MoverOptions {
  readonly outbox: MemoryOutbox;
  readonly remote: RemoteMemory;
  /** They are at the backend no more. */
  onRemoved(ids: readonly string[]): void;
  readonly clock: Clock;
  readonly log: {
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

/** Carries events from the outbox to the backend. */
export interface Mover {
  wake(): void;
  /** Did the last round fail? */
  readonly failing: boolean;
  /** What waited when it was looked at last. */
  readonly state: OutboxState;
  /** Resolves when a round has ended that began after this call. */
  round(): Promise<void>;
  start(): void;
  close(): Promise<void>;
}

/** How often it is looked what waits, in milliseconds: records of relayed calls come by another way than `wake`. */
const LOOK_MS = 500;
const RETRY_MS = 500;
const RETRY_MOST_MS = 10_000;
/** How long the work is this process's once claimed. */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
const BATCH_EVENTS = 200;
const BATCH_BYTES = 4 * 1024 * 1024;

export function createMover({ outbox, remote, onRemoved, clock, log }: MoverOptions): Mover {
  const holder = randomHex(16);
  const stop = new AbortController();
  const announced = new Set<string>();
  let closed = false;
  let failing = false;
  let failures = 0;
  let notBefore = 0;
  let state: OutboxState = { waiting: 0, since: null };
  let running: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    again = true;
    if (closed || running !== undefined || performance.now() < notBefore) return;
    running = round().finally(() => {
      running = undefined;
      if (again && !failing) wake();
    });
  }

  async function round(): Promise<void> {
    again = false;
    const renewal = setInterval(() => void claim().catch(() => {}), RENEW_MS);
    try {
      state = await outbox.state();
      if (!(await claim())) return;
      await seeThrough();
      const refused = await moveAll();
      if (refused > 0) throw new Error(`${refused} events were refused`);
      if (failing) log.warn({}, "memory's backend takes events again");
      failing = false;
      failures = 0;
    } catch (error) {
      if (closed) return;
      if (!failing)
        log.error({ error: causeOf(error) }, "memory's backend does not take events: they wait on the disk");
      failing = true;
      notBefore = performance.now() + Math.min(RETRY_MS * 2 ** failures++, RETRY_MOST_MS);
    } finally {
      clearInterval(renewal);
    }
  }

  const claim = () => outbox.claim(holder, clock.now(), LEASE_MS);

  /** Erasures and removals first: what somebody wants forgotten must not wait behind what is new. */
  async function seeThrough(): Promise<void> {
    for (const { owner, at } of await outbox.erasures(100)) {
      await remote.removeBelow(owner, firstSeq(at + 1));
      await outbox.erased(owner, at);
    }
    const removals = await outbox.removals(200);
    for (const { owner, id } of removals) await remote.remove(owner, [id]);
    if (removals.length > 0) {
      await outbox.settleRemovals(removals, clock.now());
      onRemoved(removals.map(({ id }) => id));
    }
  }

  /** Oldest first, once through. @returns how many were refused: they stay, and those behind them go on */
  async function moveAll(): Promise<number> {
    let refused = 0;
    for (let after = Number.MIN_SAFE_INTEGER; !closed; ) {
      const began = performance.now();
      const loop = performance.eventLoopUtilization();
      const rows = await outbox.oldest(after, BATCH_EVENTS, BATCH_BYTES);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.place;
      await announce(rows.map(({ event }) => event.owner));
      const arrived = await remote.put(rows);
      refused += rows.length - arrived.length;
      for (const { owner, id } of await outbox.moved(arrived)) await remote.remove(owner, [id]);
      state = await outbox.state();
      // Requests first: where they keep this process busy, moving takes a share of what is left.
      const { utilization } = performance.eventLoopUtilization(loop);
      if (utilization > 0.7) await rest((performance.now() - began) * 3);
    }
    state = await outbox.state();
    return refused;
  }

  async function announce(owners: Parameters<MemoryOutbox["announce"]>[0]): Promise<void> {
    const fresh = new Map(owners.map((owner) => [JSON.stringify(owner), owner]));
    for (const key of announced) fresh.delete(key);
    if (fresh.size === 0) return;
    await outbox.announce([...fresh.values()]);
    if (announced.size > 10_000) announced.clear();
    for (const key of fresh.keys()) announced.add(key);
  }

  async function rest(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: stop.signal, ref: false }).catch(() => {});
  }

  return {
    wake,
    async round() {
      await running;
      notBefore = 0;
      wake();
      await running;
    },
    start() {
      timer = setInterval(wake, LOOK_MS);
      timer.unref();
      wake();
    },
    async close() {
      closed = true;
      clearInterval(timer);
      stop.abort();
      await running;
      // Nobody has to wait for the lease to end.
      await outbox.claim(holder, clock.now(), 0).catch(() => {});
    },
    get failing() {
      return failing;
    },
    get state() {
      return state;
    },
  };
}

const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? String(error.cause) : String(error);
