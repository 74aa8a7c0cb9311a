import type { CallLocally } from "../core/ports/local-call.ts";
import { failed, interrupted, type Outcome, type Worker } from "./worker.ts";

export interface EngineWorkerOptions {
  readonly call: CallLocally;
  /** How the default engine is spoken to. */
  readonly dialect: "ollama" | "openai";
}

type Json = Readonly<Record<string, unknown>>;

/** Asks the engine, in one piece, with what was handed over as the body: through the same stations as any other call. */
export function engineWorker({ call, dialect }: EngineWorkerOptions): Worker {
  return async ({ order, begun, signal }) => {
    // An answer may have been generated, paid for and lost.
    if (begun !== undefined) return interrupted();
    const { principal, userAgent, traceparent } = order;
    const who = { principal, userAgent, signal, headers: traceparent === null ? {} : { traceparent } };
    const input = await readInput(order.input, (id) =>
      call({ ...who, method: "GET", path: `/attach/v1/memory/${encodeURIComponent(id)}` }),
    );
    if ("state" in input) return input;
    const body = JSON.stringify({ ...input.body, stream: false });
    const answer = await call({ ...who, method: "POST", path: pathFor(input.body, dialect), body });
    const result = parse(answer.body);
    if (answer.status >= 200 && answer.status < 300) return { state: "done", result };
    return { state: "error", result: { error: { code: "engine", status: answer.status, answer: result } } };
  };
}

/** A word is what a user says; a name of a memory is that memory, said by the user; an object is the engine's own. */
async function readInput(
  input: unknown,
  recall: (id: string) => Promise<{ readonly status: number; readonly body: string }>,
): Promise<{ readonly body: Json } | Outcome> {
  if (typeof input === "string") return { body: { messages: [said(input)] } };
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return failed("bad_input", "the engine takes an object, such as {model, messages}, or a text");
  const { mem_id: memory, ...body } = input as Json;
  if (typeof memory !== "string" || "messages" in body || "prompt" in body) return { body: input as Json };
  const { status, body: answer } = await recall(memory);
  const text = (parse(answer) as { readonly text?: unknown })?.text;
  if (status !== 200 || typeof text !== "string")
    return failed("no_memory", `mem_id could not be read (${status})`);
  return { body: { ...body, messages: [said(text)] } };
}

const said = (content: string) => ({ role: "user", content });

function pathFor(body: Json, dialect: "ollama" | "openai"): string {
  const isPrompt = "prompt" in body && !("messages" in body);
  if (dialect === "openai") return isPrompt ? "/v1/completions" : "/v1/chat/completions";
  return isPrompt ? "/api/generate" : "/api/chat";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
