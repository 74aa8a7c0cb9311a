import { lastMembers } from "./members.ts";
import type { Window } from "./window.ts";

/** What an engine said of a call. `null` where it did not. */
export interface Figures {
  readonly input: number | null;
  readonly output: number | null;
}

/** How an answer is put together. */
export type Form = "json" | "lines" | "events";

const NOTHING: Figures = { input: null, output: null };

/** Events looked at from the end: after the usage come an end mark, a ping, an event that says stop. */
const LAST_EVENTS = 8;
/** Events looked at from the beginning, for a message that says its input at once. */
const FIRST_EVENTS = 3;

/**
 * The engine's own figures, out of the end of its answer. Where counts grow along a stream the last of them holds, so that
 * nothing is added up, and nothing counted twice.
 */
export function readFigures(seen: Window, form: Form): Figures {
  const text = seen.end;
  if (form === "json") return ofObject(text);
  if (form === "lines") return ofObject(lastLine(text));
  return ofEvents(seen);
}

/** Ollama's members stand in the object itself; all others keep theirs in `usage`. */
function ofObject(text: string, depth = 1): Figures {
  if (text.includes('"usage"')) {
    const usage = lastMembers(text, ["usage"], { depth }).get("usage");
    if (usage !== undefined) return ofUsage(usage);
  }
  if (depth > 1 || !text.includes("eval_count")) return NOTHING;
  const members = lastMembers(text, ["eval_count", "prompt_eval_count"]);
  const input = countOf(members.get("prompt_eval_count"));
  // An answer to `/api/embed` generates nothing.
  const output = countOf(members.get("eval_count"));
  return { input, output: output ?? (input === null || text.includes('"eval_count"') ? null : 0) };
}

interface Usage {
  readonly prompt_tokens?: unknown;
  readonly completion_tokens?: unknown;
  readonly input_tokens?: unknown;
  readonly output_tokens?: unknown;
  readonly total_tokens?: unknown;
  readonly cache_creation_input_tokens?: unknown;
  readonly cache_read_input_tokens?: unknown;
}

/** OpenAI's chat and embeddings, its responses, Anthropic's messages, and rerankers that give a total alone. */
function ofUsage(json: string): Figures {
  const usage = parse(json) as Usage | null;
  if (typeof usage !== "object" || usage === null) return NOTHING;
  const total = asCount(usage.total_tokens);
  // Anthropic leaves what came out of its cache out of the input, and says it beside.
  const cached =
    (asCount(usage.cache_creation_input_tokens) ?? 0) + (asCount(usage.cache_read_input_tokens) ?? 0);
  const plain = asCount(usage.prompt_tokens) ?? asCount(usage.input_tokens);
  const output = asCount(usage.completion_tokens) ?? asCount(usage.output_tokens);
  const input = plain === null ? null : plain + cached;
  if (total === null) return { input, output };
  if (input === null) return { input: Math.max(0, total - (output ?? 0)), output: output ?? 0 };
  return { input, output: output ?? Math.max(0, total - input) };
}

function ofEvents({ end, head, whole }: Window): Figures {
  if (!end.includes('"usage"') && !head.includes('"usage"')) return NOTHING;
  const last = lastUsage(end, whole);
  if (last.input !== null && last.output !== null) return last;
  // Anthropic tells the input in its first event. The output that stands there is a placeholder.
  const begun = last.input === null ? ofFirstMessage(head) : NOTHING;
  return { input: last.input ?? begun.input, output: last.output };
}

function lastUsage(text: string, whole: boolean): Figures {
  let end = text.length;
  for (let looked = 0; looked < LAST_EVENTS && end > 0; ) {
    const start = text.lastIndexOf("\n", end - 1) + 1;
    const line = text.slice(start, end);
    end = start - 1;
    const data = start === 0 && !whole ? line : dataOf(line);
    if (data === undefined) continue;
    looked++;
    if (!data.includes('"usage"')) continue;
    const own = ofObject(data);
    if (own.input !== null || own.output !== null) return own;
    // The last event of OpenAI's responses holds the whole response, and its usage one floor down; the beginning of so long an
    // event may be gone. The first event of Anthropic's messages looks alike, and says nothing about the end.
    if (data.includes('"message_start"')) return NOTHING;
    const inner = ofObject(data, 2);
    if (inner.input !== null || inner.output !== null) return inner;
  }
  return NOTHING;
}

function ofFirstMessage(head: string): Figures {
  let start = 0;
  for (let looked = 0; looked < FIRST_EVENTS && start < head.length; ) {
    const found = head.indexOf("\n", start);
    const end = found === -1 ? head.length : found;
    const data = dataOf(head.slice(start, end));
    start = end + 1;
    if (data === undefined) continue;
    looked++;
    if (data.includes('"message_start"') && data.includes('"usage"')) return ofObject(data, 2);
  }
  return NOTHING;
}

function dataOf(line: string): string | undefined {
  if (!line.startsWith("data:")) return undefined;
  const data = line.slice(5).trim();
  return data.startsWith("[DONE]") ? undefined : data;
}

function lastLine(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.slice(trimmed.lastIndexOf("\n") + 1);
}

function countOf(json: string | undefined): number | null {
  return json === undefined ? null : asCount(parse(json));
}

/** A figure that is none is no figure: it would go into somebody's bill. */
function asCount(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MOST
    ? (value as number)
    : null;
}

const MOST = 1e9;

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
