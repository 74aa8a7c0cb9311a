import { setTimeout as sleep } from "node:timers/promises";
import type { CallLocally } from "../../core/ports/local-call.ts";
import type { Json } from "../../core/strict-json.ts";
import { failed, interrupted, type Outcome, type Work } from "../worker.ts";
import type { CallableAgent } from "./callable.ts";
import { type AgentResult, type Answered, readAnswer } from "./read-answer.ts";
import { type Asking, isNotSpoken, WAYS, type Way } from "./ways.ts";

export interface ConversationOptions {
  readonly call: CallLocally;
}

/** Between two looks at an agent's task, in milliseconds: short at first, since many end soon. */
const FIRST_LOOK_MS = 100;
const LAST_LOOK_MS = 2_000;
/** Looks in a row at an agent that is not there, before it is given up. */
const MISSES = 20;
/** To tell an agent that its task was canceled. */
const CANCEL_MS = 10_000;

/**
 * A message to an A2A agent, and its task followed to the end, by the gateway's own route: ownership, scopes, the token made for the agent and
 * the trail hold as for any caller. Whoever takes the task over goes on following the agent's task.
 */
export async function converse(
  agent: CallableAgent,
  work: Work,
  { call }: ConversationOptions,
): Promise<Outcome> {
  const { begun, order } = work;
  if (begun !== undefined && begun.external === null) return interrupted();
  const ask = askVia(agent, work, call);
  const standing = begun?.external == null ? await open(work, ask) : readExternal(begun.external);
  if ("outcome" in standing) return standing.outcome;
  const { way, task } = standing;
  if (begun === undefined) await work.name(`${way} ${task}`);
  // The agent's task is the caller's to read, or nobody's.
  if (!order.principal.scopes.has("a2a:read"))
    return failed("insufficient_scope", "the agent's task goes on, and a2a:read is needed to follow it");
  try {
    return await follow(task, WAYS[way], { ask, signal: work.signal });
  } catch (error) {
    if (work.signal.reason === "canceled") await cancel(agent, { work, call }, standing);
    throw error;
  }
}

type WayName = keyof typeof WAYS;
type Ask = (way: Way, asking: Asking) => Promise<Heard>;
type Heard = { readonly result: Json } | { readonly error: string; readonly status: number };
interface Standing {
  readonly way: WayName;
  readonly task: string;
}

function askVia({ id }: CallableAgent, { order, signal }: Work, call: CallLocally): Ask {
  const { principal, userAgent, traceparent } = order;
  return async (way, asking) => {
    const { status, body } = await call({
      ...asking,
      principal,
      userAgent,
      signal,
      path: `/a2a/agents/${encodeURIComponent(id)}${asking.path}`,
      headers: { "a2a-version": way.version, ...(traceparent === null ? {} : { traceparent }) },
    });
    const read = way.read(status, parse(body));
    return "result" in read ? read : { ...read, status };
  };
}

/** Says it in the first way that the agent understands. @returns where its task is, or what has come of it already */
async function open(
  { id, order }: Work,
  ask: Ask,
): Promise<(Standing & { readonly outcome?: never }) | { readonly outcome: Outcome }> {
  let refusal: Outcome = failed("agent", "the agent speaks nothing that this gateway speaks");
  const atOnce = order.principal.scopes.has("a2a:read");
  for (const [name, way] of Object.entries(WAYS) as [WayName, Way][]) {
    const heard = await ask(way, way.send(id, order.input, atOnce));
    if ("error" in heard) {
      refusal = refused(heard);
      if (isNotSpoken(heard.error)) continue;
      return { outcome: refusal };
    }
    const answer = readAnswer(heard.result);
    if (answer === undefined) return { outcome: nonsense() };
    const outcome = outcomeOf(answer);
    if (outcome !== undefined) return { outcome };
    return { way: name, task: answer.task as string };
  }
  return { outcome: refusal };
}

async function follow(
  task: string,
  way: Way,
  { ask, signal }: { readonly ask: Ask; readonly signal: AbortSignal },
): Promise<Outcome> {
  let misses = 0;
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 1.5, LAST_LOOK_MS)) {
    await sleep(pause, undefined, { signal });
    const heard = await ask(way, way.get(task));
    if ("error" in heard) {
      misses = heard.status >= 500 || heard.status === 429 ? misses + 1 : MISSES;
      if (misses >= MISSES) return refused(heard, task);
      continue;
    }
    misses = 0;
    const answer = readAnswer(heard.result);
    if (answer === undefined) return nonsense();
    const outcome = outcomeOf(answer);
    if (outcome !== undefined) return outcome;
  }
}

/** @returns `undefined` while it is at work */
function outcomeOf({ state, result }: Answered): Outcome | undefined {
  switch (state) {
    case "submitted":
    case "working":
      return undefined;
    case "completed":
      return { state: "done", result };
    case "input-required":
    case "auth-required":
      // Nobody can answer here; by A2A its owner can, under the agent's name for it.
      return ended(state.replace("-", "_"), "the agent asks for more than a task can give", result);
    default:
      return ended(state === "unspecified" ? "agent" : state, `the agent's task is ${state}`, result);
  }
}

const ended = (code: string, message: string, { text, task }: AgentResult): Outcome => ({
  state: "error",
  result: { error: { code, message: text === "" ? message : text, ...(task === undefined ? {} : { task }) } },
});

function refused(
  { status, error }: { readonly status: number; readonly error: string },
  task?: string,
): Outcome {
  const code = status === 401 ? "expired" : status === 403 ? "forbidden" : "agent";
  const message =
    status === 401
      ? "the token that this was asked with ended before the agent's task did"
      : `the agent could not be asked (${error === "" ? status : error})`;
  return { state: "error", result: { error: { code, message, ...(task === undefined ? {} : { task }) } } };
}

const nonsense = (): Outcome => failed("agent", "the agent answered neither a task nor a message");

/** As well as it can be: the task has ended for its owner already. */
async function cancel(
  agent: CallableAgent,
  { work, call }: { readonly work: Work; readonly call: CallLocally },
  { way, task }: Standing,
): Promise<void> {
  const ask = askVia(agent, { ...work, signal: AbortSignal.timeout(CANCEL_MS) }, call);
  await ask(WAYS[way], WAYS[way].cancel(task)).catch(() => {});
}

/** What `name` was told. */
function readExternal(external: string): Standing & { readonly outcome?: never } {
  const at = external.indexOf(" ");
  const way = external.slice(0, at);
  return { way: way in WAYS ? (way as WayName) : "rpc", task: external.slice(at + 1) };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
