import { ask, send } from "./ask.ts";
import { AttachError } from "./errors.ts";
import { readEvents } from "./server-sent-events.ts";
import { untilDue } from "./until-due.ts";

/** What is handed over, and to whom. */
export interface TaskInput {
  /** For the engine: a chat (`{ model, messages }`), `{ mem_id }`, or a text. For agents and workflows: what they take. */
  readonly input: object | string;
  /** `agent://<id>`, a registered agent's exact address, or `temporal://<Workflow>`; the engine unless given. */
  readonly target?: string | undefined;
}

/** How a task is. */
export interface TaskState {
  /** `done` and `error` are ends. */
  readonly state: "queued" | "in_progress" | "done" | "error";
  /** `null` until it has ended; of an error `{ error: { code, message } }`. */
  readonly result: unknown;
  /** ISO 8601, UTC. */
  readonly created: string;
}

export interface TaskOptions {
  /** Ends the waiting, not the task: {@link AgentTasks.cancel} does that. Rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. `send`, `get` and `cancel`: 30,000 unless given. `wait` and `stream`: no limit unless given. */
  readonly timeout?: number | undefined;
}

/**
 * Work that outlives the request: kept by the gateway before it is accepted, and done on behalf of the agent's user. `send` and `cancel`
 * need `a2a:send`, and `llm:read` where the engine does it; the rest needs `a2a:read`.
 *
 * Each rejects with an {@link AttachError}: the gateway's refusal (`insufficient_scope`, `not_found`, `too_many_requests`), `network_error`,
 * `timeout`, `invalid_response`, `invalid_argument`, or what {@link Agent.token} throws.
 */
export interface AgentTasks {
  /** Hands a task over. Kept when this resolves. */
  send(task: TaskInput, options?: TaskOptions): Promise<{ readonly id: string }>;
  get(id: string, options?: TaskOptions): Promise<TaskState>;
  /** Waits for the task's end. An `error` is a state like any other, and not thrown. */
  wait(id: string, options?: TaskOptions): Promise<TaskState>;
  /** Each state as it comes, the present one first, to the task's end. A connection that is lost meanwhile is made again. */
  stream(id: string, options?: TaskOptions): AsyncIterable<TaskState>;
  /** Ends the task. @returns how it is then: it may have been done before */
  cancel(id: string, options?: TaskOptions): Promise<TaskState>;
}

const CALL_MS = 30_000;
/** Connections lost in a row without a word, before following is given up. */
const LOST_MOST = 5;
const LOST_PAUSE_MS = 250;

/** @param fetch the agent's own: it carries the token */
export function agentTasks(fetch: typeof globalThis.fetch): AgentTasks {
  const call = <T>(path: string, init: RequestInit, { signal, timeout = CALL_MS }: TaskOptions): Promise<T> =>
    untilDue({ signal, timeout }, (until) => ask<T>(fetch, path, { ...init, signal: until ?? null }));

  async function* stream(id: string, { signal, timeout }: TaskOptions = {}): AsyncGenerator<TaskState> {
    const path = `/a2a/tasks/${checkId(id)}/events`;
    const due = timeout === undefined ? undefined : Date.now() + timeout;
    const left = () => (due === undefined ? undefined : Math.max(0, due - Date.now()));
    let last: string | undefined;
    for (let lost = 0; lost < LOST_MOST; lost++) {
      if (lost > 0) await untilDue({ signal, timeout: left() }, pause(LOST_PAUSE_MS * 2 ** lost));
      const states = openStates(fetch, path);
      try {
        for (;;) {
          const next = await untilDue({ signal, timeout: left() }, (until) => states.next(until));
          if (next === undefined) break;
          lost = 0;
          if (next.state !== last) yield next;
          last = next.state;
          if (hasEnded(next)) return;
        }
      } catch (error) {
        const isLost = error instanceof AttachError && error.code === "network_error";
        if (!isLost || lost === LOST_MOST - 1) throw error;
      } finally {
        states.close();
      }
    }
    throw new AttachError("network_error", "the connection was lost before the task had ended");
  }

  return Object.freeze({
    async send({ input, target }: TaskInput, options: TaskOptions = {}) {
      const isInput = typeof input === "string" || (typeof input === "object" && input !== null);
      if (!isInput) throw new AttachError("invalid_argument", "input is an object or a text");
      const body = JSON.stringify(target === undefined ? { input } : { input, target_url: target });
      const headers = { "Content-Type": "application/json" };
      const init = { method: "POST", headers, body };
      const { task_id: id } = await call<{ task_id: unknown }>("/a2a/tasks/send", init, options);
      if (typeof id !== "string") throw new AttachError("invalid_response", "the gateway named no task");
      return { id };
    },
    get: async (id: string, options: TaskOptions = {}) =>
      checkState(await call(`/a2a/tasks/status/${checkId(id)}`, {}, options)),
    async wait(id: string, options: TaskOptions = {}) {
      for await (const state of stream(id, options)) if (hasEnded(state)) return state;
      throw new AttachError("invalid_response", "the task came to no end");
    },
    stream,
    cancel: async (id: string, options: TaskOptions = {}) =>
      checkState(await call(`/a2a/tasks/${checkId(id)}/cancel`, { method: "POST" }, options)),
  });
}

/** The states that one connection brings; it ends with `close`. */
function openStates(fetch: typeof globalThis.fetch, path: string) {
  const closing = new AbortController();
  let events: AsyncIterator<string> | undefined;
  return {
    /** @returns `undefined` at the end of the connection */
    async next(until: AbortSignal | undefined): Promise<TaskState | undefined> {
      const abort = () => closing.abort(until?.reason);
      until?.addEventListener("abort", abort, { once: true });
      try {
        const init = { headers: { Accept: "text/event-stream" }, signal: closing.signal };
        events ??= readEvents(await send(fetch, path, init))[Symbol.asyncIterator]();
        const { done, value } = await events.next();
        return done === true ? undefined : checkState(parse(value));
      } finally {
        until?.removeEventListener("abort", abort);
      }
    },
    close: () => closing.abort(),
  };
}

const hasEnded = ({ state }: TaskState) => state === "done" || state === "error";
const STATES: ReadonlySet<unknown> = new Set(["queued", "in_progress", "done", "error"]);

function checkState(value: unknown): TaskState {
  if (typeof value === "object" && value !== null && "state" in value && STATES.has(value.state))
    return value as TaskState;
  throw new AttachError("invalid_response", "the gateway's answer is not the state of a task");
}

function checkId(id: string): string {
  if (typeof id === "string" && /^[0-9A-Za-z-]{1,64}$/.test(id)) return id;
  throw new AttachError("invalid_argument", "the id of a task is what send() gave");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const pause = (milliseconds: number) => (until: AbortSignal | undefined) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    until?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(until.reason);
    });
  });
