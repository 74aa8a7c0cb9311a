import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import { GatewayError } from "../../core/errors.ts";
import { isJsonObject, type Json } from "../../core/strict-json.ts";
import type { PeerAnswer } from "../../proxy/peers.ts";
import { A2aError } from "../errors/a2a-error.ts";
import { renderFault } from "../errors/render.ts";
import { checkAsked, invalidAnswer, resultOf } from "../results/judge.ts";
import { createSseReader, type SseEvent, SseOverflow } from "../results/sse.ts";
import { readTold } from "../results/things.ts";
import { type Claimant, claimTold } from "./guard.ts";
import type { Relayed } from "./relayed.ts";
import type { WatchedCall } from "./watch.ts";

/** Largest event; what an agent holds back longer than this would be ours to hold. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024;

export interface StreamTarget {
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly session: string;
  readonly watched: WatchedCall;
  readonly claimant: Claimant;
}

/**
 * Events as they come, byte for byte, each judged before it goes on; as fast as the client takes them. When we end it, the last event says why:
 * a stream that was cut must not look whole.
 */
export async function answerStream(
  answer: PeerAnswer,
  relayed: Relayed,
  target: StreamTarget,
): Promise<void> {
  const { response, watched } = target;
  begin(answer, target);
  try {
    const read = createSseReader(MAX_EVENT_BYTES);
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      for (const event of read(piece)) {
        await judge(event, relayed, target.claimant);
        if (!response.write(event.bytes)) await once(response, "drain", { signal: watched.signal });
      }
    }
    response.end();
  } catch (cause) {
    answer.body.on("error", () => {}).destroy();
    if (watched.hasLeft) return;
    const fault = watched.failure ?? faultOf(cause);
    response.end(`data: ${JSON.stringify(renderFault(fault, relayed.call).body)}\n\n`);
    throw fault;
  }
}

function begin({ headers }: PeerAnswer, { response, requestId, session }: StreamTarget): void {
  for (const name of ["a2a-extensions", "x-a2a-extensions"]) {
    const value = headers.get(name);
    if (value !== undefined) response.setHeader(name, value);
  }
  response.setHeader(RESPONSE_HEADERS.requestId, requestId);
  response.setHeader(RESPONSE_HEADERS.sessionId, session);
  response.writeHead(200, {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  });
  response.flushHeaders();
}

async function judge({ data }: SseEvent, { call, note }: Relayed, claimant: Claimant): Promise<void> {
  if (data === null) return;
  const event = parse(data);
  if (!isJsonObject(event)) throw invalidAnswer();
  const result = resultOf(call, event);
  if (result === undefined) return;
  const told = readTold(result);
  checkAsked(call, told);
  await claimTold(told, claimant);
  const [task] = told.tasks;
  note.task ??= task ?? null;
  note.state = told.state ?? note.state;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function faultOf(cause: unknown): A2aError | GatewayError {
  if (cause instanceof A2aError || cause instanceof GatewayError) return cause;
  if (cause instanceof SseOverflow) return invalidAnswer();
  return new GatewayError("upstream_unreachable", "the agent's stream ended before its time", { cause });
}
