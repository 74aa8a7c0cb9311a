import type { ServerResponse } from "node:http";
import { type Handler, sendJson } from "./call.ts";
import { embed, embedOne } from "./ollama/embed.ts";
import { chat, complete } from "./ollama/generate.ts";
import { alive, running, show, tags, version } from "./ollama/models.ts";
import { chatCompletion, textCompletion } from "./openai/completions.ts";
import { embeddings } from "./openai/embeddings.ts";
import { getModel, listModels } from "./openai/models.ts";
import type { Refusal } from "./refusal.ts";

/** Every route, by path and method. A path that ends in `/*` takes one more segment. `HEAD` is served wherever `GET` is. */
export const ROUTES: ReadonlyMap<string, Readonly<Record<string, Handler>>> = new Map([
  ["/", { GET: alive }],
  ["/api/version", { GET: version }],
  ["/api/tags", { GET: tags }],
  ["/api/ps", { GET: running }],
  ["/api/show", { POST: show }],
  ["/api/chat", { POST: chat }],
  ["/api/generate", { POST: complete }],
  ["/api/embed", { POST: embed }],
  ["/api/embeddings", { POST: embedOne }],
  ["/v1/models", { GET: listModels }],
  ["/v1/models/*", { GET: getModel }],
  ["/v1/chat/completions", { POST: chatCompletion }],
  ["/v1/completions", { POST: textCompletion }],
  ["/v1/embeddings", { POST: embeddings }],
]);

/** Says no in the dialect of the path. */
export function refuse(response: ServerResponse, path: string, refusal: Refusal): void {
  const { status, message, code } = refusal;
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  const error = path.startsWith("/v1/") ? { message, type, param: null, code } : message;
  sendJson(response, status, { error });
}
