import type { Clock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import { uuidv7 } from "../core/ids.ts";
import type { Owner } from "../core/owner.ts";
import type { TaskRow, TaskStore } from "../core/ports/tasks.ts";
import type { TaskOrder } from "./order.ts";
import type { Runner } from "./runner.ts";
import type { Seal } from "./seal.ts";
import { readTarget, type Target, writeTarget } from "./target.ts";
import { hasEnded, type TaskView, viewOf } from "./view.ts";
import { failed } from "./worker.ts";

export interface TaskService {
  /** Keeps a task, and begins it soon. Durable when this resolves. @throws GatewayError `too_many_requests`, `overloaded` */
  send(order: TaskOrder, target: Target): Promise<string>;
  /** The owner's own, or `undefined`. */
  find(id: string, owner: Owner): Promise<TaskView | undefined>;
  /** Ends it as an error that says so. @returns what it is then; `undefined` where the owner has no such task */
  cancel(id: string, owner: Owner): Promise<TaskView | undefined>;
  /** Whoever's it is, while it is not done: for who does it. */
  orderOf(id: string): Promise<{ readonly order: TaskOrder; readonly target: Target } | undefined>;
  /** Every state it comes to, the present one first, until it has ended. */
  follow(id: string, owner: Owner, signal: AbortSignal): AsyncGenerator<TaskView>;
}

export interface TaskServiceOptions {
  readonly store: TaskStore;
  readonly seal: Seal;
  readonly runner: Runner;
  readonly clock: Clock;
}

/** Tasks of one owner that have not ended. */
const MOST_OPEN = 1_000;
/** A task of another process is asked about this often, in milliseconds. */
const LOOK_EVERY_MS = 500;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function createTaskService({ store, seal, runner, clock }: TaskServiceOptions): TaskService {
  const find = async (id: string, owner: Owner): Promise<TaskView | undefined> => {
    const row = ID.test(id) ? await store.find(id, owner) : undefined;
    return row && viewOf(row, seal);
  };

  return {
    async send(order, target) {
      if (!runner.hasRoom()) throw overloaded();
      const now = clock.now();
      const id = uuidv7(now);
      const task: TaskRow = {
        id,
        owner: order.principal.owner,
        target: writeTarget(target),
        state: "queued",
        sealedOrder: seal.closeOrder(id, order),
        sealedResult: null,
        node: runner.node,
        external: null,
        createdAt: now,
        updatedAt: now,
      };
      if ((await store.add(task, MOST_OPEN)) === "full") throw tooMany();
      runner.take(task, order);
      return id;
    },
    find,
    async cancel(id, owner) {
      const task = await find(id, owner);
      if (task === undefined || hasEnded(task)) return task;
      const sealedResult = seal.closeResult(id, failed("canceled", "canceled by its owner").result);
      await store.cancel(id, { state: "error", sealedResult, at: clock.now() });
      runner.cancel(id);
      return find(id, owner);
    },
    async orderOf(id) {
      const row = ID.test(id) ? await store.get(id) : undefined;
      if (row === undefined || hasEnded(row)) return undefined;
      return { order: seal.openOrder(id, row.sealedOrder), target: readTarget(row.target) };
    },
    async *follow(id, owner, signal) {
      let shown = "";
      while (!signal.aborted) {
        const changed = runner.change(id);
        const task = await find(id, owner);
        if (task === undefined) return;
        if (task.state !== shown) yield task;
        shown = task.state;
        if (hasEnded(task)) return;
        await Promise.race([changed.happened, elapsed(LOOK_EVERY_MS, signal)]);
        changed.forget();
      }
    },
  };
}

function elapsed(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

const overloaded = () =>
  new GatewayError("overloaded", "too many tasks wait to be begun", { headers: { "Retry-After": "5" } });

const tooMany = () =>
  new GatewayError("too_many_requests", `you have ${MOST_OPEN} tasks that have not ended`, {
    headers: { "Retry-After": "30" },
  });
