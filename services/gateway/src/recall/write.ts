import { actorChain } from "@attach-dev/protocol";
import type { FastifyRequest } from "fastify";
import { GatewayError } from "../core/errors.ts";
import { uuidv7 } from "../core/ids.ts";
import type { JsonValue, MemoryEvent } from "../core/ports/memory.ts";
import type { RecallOptions } from "./options.ts";
import { MAX_TEXT, type MemoryWrite } from "./schema.ts";

/** Characters of JSON that `meta` may be. */
const MAX_META = 16 * 1024;
/** Deepest nesting that is read: what walks through it calls itself. */
const MAX_DEPTH = 32;

/** The gateway's own words for what it has seen itself: a writer cannot pass a note off as that. */
const RESERVED_KINDS: ReadonlySet<string> = new Set(["prompt", "answer"]);

type Writing = Pick<RecallOptions, "memory" | "redactor" | "sessions" | "clock">;

/**
 * Writes a note for whoever the token stands for. It is durable, and to be read, when this resolves.
 * @throws GatewayError `bad_request`
 */
export async function writeMemory(
  request: FastifyRequest<{ Body: MemoryWrite }>,
  options: Writing,
): Promise<MemoryEvent> {
  const { text, kind = "note", meta = null, task = null } = request.body;
  if (RESERVED_KINDS.has(kind))
    throw new GatewayError("bad_request", `${kind} is what the gateway has seen itself`);
  if (meta !== null) checkJson(meta as JsonValue, "meta", MAX_META);
  const values = await options.redactor.redact([text, meta as JsonValue, task, kind]);
  const [cleanText, cleanMeta, cleanTask, cleanKind] = values as [
    string,
    MemoryEvent["meta"],
    string | null,
    string,
  ];
  const event = noteOf(
    request,
    { text: cleanText, kind: cleanKind, meta: cleanMeta, task: cleanTask },
    options,
  );
  await options.memory.add([event]);
  return event;
}

/**
 * Keeps a line of a log, as it is but for its secrets: any JSON object (the earlier gateway's `POST /v1/logs`).
 * @throws GatewayError `bad_request`
 */
export async function writeLog(
  request: FastifyRequest<{ Body: Readonly<Record<string, JsonValue>> }>,
  options: Writing,
): Promise<MemoryEvent> {
  checkJson(request.body, "the body", MAX_TEXT);
  const [clean] = await options.redactor.redact([request.body]);
  const event = noteOf(
    request,
    { text: JSON.stringify(clean), kind: "log", meta: null, task: null },
    options,
  );
  await options.memory.add([event]);
  return event;
}

function noteOf(
  { principal, id: requestId, raw }: FastifyRequest,
  said: Pick<MemoryEvent, "text" | "kind" | "meta" | "task">,
  { sessions, clock }: Writing,
): MemoryEvent {
  const created = clock.now();
  return {
    ...said,
    id: uuidv7(created),
    owner: principal.owner,
    created,
    source: "api",
    chain: principal.kind === "agent" ? actorChain(principal.act) : [],
    session: sessions(principal, raw.headers["user-agent"] ?? ""),
    root: principal.kind === "agent" ? principal.root : null,
    model: null,
    inputTokens: null,
    outputTokens: null,
    requestId,
    bodyHash: null,
  };
}

function checkJson(value: JsonValue, name: string, most: number): void {
  if (depthOf(value, 0) > MAX_DEPTH) throw new GatewayError("bad_request", `${name} is nested too deeply`);
  if (JSON.stringify(value).length > most)
    throw new GatewayError("bad_request", `${name} may be ${most} characters of JSON at most`);
}

function depthOf(value: JsonValue, depth: number): number {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return depth;
  let deepest = depth;
  for (const one of Object.values(value)) deepest = Math.max(deepest, depthOf(one, depth + 1));
  return deepest;
}
