import type { IncomingMessage, ServerResponse } from "node:http";
import { Refusal } from "./refusal.ts";

/** What a handler gets: the request, its place to answer, and the engine's settings. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path after the route's prefix, for routes that have a name in them. */
  readonly rest: string;
  readonly models: readonly string[];
  /** Milliseconds between two tokens of a stream. */
  readonly pace: number;
  /** Aborts when the caller hangs up. */
  readonly hungUp: AbortSignal;
}

export type Handler = (call: Call) => void | Promise<void>;

export type JsonObject = Readonly<Record<string, unknown>>;

/** Largest body taken, in bytes. */
const MAX_BODY = 32 * 1024 * 1024;

/** @throws Refusal 400 when the body is missing or no JSON object, 413 when it is too large */
export async function readBody(call: Call): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call.request) {
    size += (chunk as Buffer).length;
    // Read to the end all the same: leaving the loop would cut the connection before the caller has its answer.
    if (size <= MAX_BODY) chunks.push(chunk as Buffer);
  }
  if (size > MAX_BODY) throw new Refusal(413, "request body too large");
  if (size === 0) throw new Refusal(400, "missing request body");
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new Refusal(400, `invalid JSON: ${(error as Error).message}`);
  }
  if (!isObject(body)) throw new Refusal(400, "the body must be a JSON object");
  return body;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number of at least zero, where one was given. */
export function limitOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": bytes.length,
  });
  response.end(bytes);
}

/** Ollama takes `name` and `name:latest` for the same model. */
export function hasModel(models: readonly string[], name: string): boolean {
  const full = (model: string) => (model.includes(":") ? model : `${model}:latest`);
  return models.some((model) => full(model) === full(name));
}
