import type { ServerResponse } from "node:http";
import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { FastifyRequest } from "fastify";
import type { GatewayError } from "../../core/errors.ts";
import { linger } from "../../core/linger.ts";
import { renderError } from "./body.ts";

/**
 * Writes an error onto a raw response, in the dialect of the request's path. Does nothing to a response that has begun:
 * the caller must cut that one short instead, so that the truncation shows.
 */
export function sendError(request: FastifyRequest, response: ServerResponse, error: GatewayError): void {
  if (response.headersSent) return;
  const { contentType, body } = renderError(error, request.raw.url ?? "/", request.id);
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  response.setHeader("Content-Type", contentType);
  response.setHeader("Cache-Control", "no-store");
  response.setHeader(RESPONSE_HEADERS.requestId, request.id);
  const isUnread = !request.raw.complete && bodyExpected(request);
  // A client that was not told to go on may keep its body back: what it sends next must not be taken for that (S15).
  const isWaiting = request.raw.headers.expect !== undefined;
  if (isUnread && isWaiting) response.setHeader("Connection", "close");
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.statusCode = error.status;
  response.end(request.method === "HEAD" ? undefined : body);
  if (isUnread && !isWaiting) linger(request.raw);
}

function bodyExpected(request: FastifyRequest): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.raw.headers;
  return encoding !== undefined || (length !== undefined && length !== "0");
}
