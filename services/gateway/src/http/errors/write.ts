import type { ServerResponse } from "node:http";
import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { FastifyRequest } from "fastify";
import type { GatewayError } from "../../core/errors.ts";
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
  // An upload that nobody will read must not hold the connection open, nor be taken for the next request (S15).
  if (!request.raw.complete && bodyExpected(request)) response.setHeader("Connection", "close");
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.statusCode = error.status;
  response.end(request.method === "HEAD" ? undefined : body);
}

function bodyExpected(request: FastifyRequest): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.raw.headers;
  return encoding !== undefined || (length !== undefined && length !== "0");
}
