import type { Clock } from "../core/clock.ts";
import type { TaskRow, TaskStore } from "../core/ports/tasks.ts";
import type { Principal } from "../core/principal.ts";
import type { TaskOrder } from "./order.ts";
import type { Seal } from "./seal.ts";
import { readTarget, type Target } from "./target.ts";
import { failed, type Outcome, type Worker } from "./worker.ts";

export interface RunnerOptions {
  readonly store: TaskStore;
  readonly seal: Seal;
  readonly clock: Clock;
  /** This process's name among those that work on the same store: never the same twice. */
  readonly node: string;
  readonly workers: Readonly<Record<Target["kind"], Worker>>;
  /** A task is begun only while whoever asked for it is still let in. */
  readonly isRevoked: (principal: Principal) => boolean;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  /** Tasks at work at once. */
  readonly atOnce?: number;
}

/** Does tasks: those of this process as they come, those of dead processes as they are found. */
export interface Runner {
  readonly node: string;
  hasRoom(): boolean;
  /** A task that is in the store, as this process's. */
  take(task: TaskRow, order: TaskOrder): void;
  /** Ends the work on a task that has been canceled in the store. */
  cancel(id: string): void;
  /** When a task of this process next changes. */
  change(id: string): { readonly happened: Promise<void>; forget(): void };
  /** Says that this process lives, and takes over what dead ones have left; from then on, again and again. */
  start(): Promise<void>;
  /** Lets what is at work end, for this long in milliseconds; the rest is left for the next process. */
  close(limitMs: number): Promise<void>;
}

const AT_ONCE = 64;
/** Beyond this nobody is let queue up. */
const WAITING_MOST = 10_000;
const BEAT_MS = 1_500;
/** Three beats missed, and a process is dead. With the time to the next beat: within 8 s a task is another's. */
const ALIVE_MS = 6_000;
const ADOPT_AT_ONCE = 100;

interface Waiting {
  readonly task: TaskRow;
  readonly order: TaskOrder;
}

export function createRunner(options: RunnerOptions): Runner {
  const { store, seal, clock, node, workers, isRevoked, log, atOnce = AT_ONCE } = options;
  const waiting: Waiting[] = [];
  const working = new Map<string, AbortController>();
  const watched = new Map<string, Set<() => void>>();
  let beat: NodeJS.Timeout | undefined;
  let closing = false;
  let idle: (() => void) | undefined;

  function pump(): void {
    while (!closing && working.size < atOnce) {
      const entry = waiting.shift();
      if (entry === undefined) return;
      void work(entry);
    }
  }

  async function work({ task, order }: Waiting): Promise<void> {
    const { id } = task;
    const canceled = new AbortController();
    working.set(id, canceled);
    try {
      const begun = task.state === "queued" ? undefined : { external: task.external };
      const outcome = await attempt({ task, order }, begun, canceled.signal);
      if (outcome !== undefined) await settle(id, outcome);
    } catch (error) {
      // The store is not there: whoever takes the task over will find it as it was.
      log.warn({ task: id, error: String(error) }, "a task could not be kept");
    } finally {
      working.delete(id);
      tell(id);
      if (working.size === 0) idle?.();
      pump();
    }
  }

  /** @returns `undefined` where the task is not this process's any more, or is left to the next */
  async function attempt(
    { task, order }: Waiting,
    begun: { readonly external: string | null } | undefined,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    const { id } = task;
    const { principal } = order;
    if (begun === undefined) {
      if (principal.expiresAt <= clock.now())
        return failed("expired", "the token that this was asked with expired before it was begun");
      if (isRevoked(principal)) return failed("revoked", "the token that this was asked with was revoked");
      if (!(await store.begin(id, node, clock.now()))) return undefined;
      tell(id);
    }
    const target = readTarget(task.target);
    try {
      return await workers[target.kind]({
        id,
        order,
        target,
        begun,
        signal,
        name: async (external) => void (await store.name(id, node, external)),
      });
    } catch (error) {
      if (signal.aborted) return undefined;
      log.warn({ task: id, target: task.target, error: String(error) }, "a task failed");
      return failed("failed", "it could not be done");
    }
  }

  async function settle(id: string, { state, result }: Outcome): Promise<void> {
    const ended = await store.end(id, node, {
      state,
      sealedResult: seal.closeResult(id, result),
      at: clock.now(),
    });
    if (!ended) log.info({ task: id }, "a task had ended, or was another process's, when its result came");
  }

  function tell(id: string): void {
    for (const heard of watched.get(id) ?? []) heard();
  }

  function enqueue(entry: Waiting): void {
    waiting.push(entry);
    pump();
  }

  async function round(): Promise<void> {
    try {
      await store.keepNode(node, clock.now() + ALIVE_MS);
      if (waiting.length >= WAITING_MOST) return;
      const left = await store.adopt(node, clock.now(), ADOPT_AT_ONCE);
      if (left.length > 0) log.info({ tasks: left.length }, "taking over tasks of a process that ended");
      for (const task of left) {
        const order = open(task);
        if (order === undefined) await settle(task.id, failed("unreadable", "it can be read no more"));
        else enqueue({ task, order });
      }
    } catch (error) {
      log.warn({ error: String(error) }, "tasks cannot be looked after");
    }
  }

  /** Sealed under a secret that is not in the list any more: nobody will ever read it. */
  function open(task: TaskRow): TaskOrder | undefined {
    try {
      return seal.openOrder(task.id, task.sealedOrder);
    } catch {
      return undefined;
    }
  }

  function schedule(): void {
    beat = setTimeout(() => round().finally(() => closing || schedule()), BEAT_MS);
    beat.unref();
  }

  return {
    node,
    hasRoom: () => !closing && waiting.length < WAITING_MOST,
    take: (task, order) => enqueue({ task, order }),
    cancel: (id) => working.get(id)?.abort("canceled"),
    change(id) {
      let heard = (): void => {};
      const happened = new Promise<void>((resolve) => (heard = resolve));
      const set = watched.get(id) ?? new Set();
      watched.set(id, set.add(heard));
      return {
        happened,
        forget() {
          set.delete(heard);
          if (set.size === 0) watched.delete(id);
        },
      };
    },
    async start() {
      await round();
      schedule();
    },
    async close(limitMs) {
      closing = true;
      clearTimeout(beat);
      if (working.size > 0) {
        const done = new Promise<void>((resolve) => (idle = resolve));
        await Promise.race([done, new Promise((wake) => setTimeout(wake, limitMs).unref())]);
      }
      for (const canceled of working.values()) canceled.abort("closing");
      await store.releaseNode(node).catch(() => {});
    },
  };
}
