import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { GatewayError } from "../../core/errors.ts";
import { type ErrorLog, toGatewayError } from "../../http/error-handler.ts";
import { A2aError } from "../errors/a2a-error.ts";
import { renderFault } from "../errors/render.ts";
import { wireOf } from "./call-context.ts";

/** Errors of calls, in the words of their binding and version. */
export function faultHandler(log: ErrorLog) {
  return (
    error: FastifyError | GatewayError | A2aError,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void => {
    if (reply.raw.headersSent || reply.raw.destroyed) return;
    const told = error instanceof A2aError ? error : toGatewayError(error, request, log);
    const wire = wireOf(request);
    const rpcId = told instanceof A2aError ? (told.rpcId ?? wire.rpcId) : wire.rpcId;
    const { status, headers, body } = renderFault(told, { ...wire, rpcId });
    log.info({ requestId: request.id, path: request.target.path, status }, told.message);
    if (isLegacyStream(request) && told instanceof A2aError) {
      reply.code(200).type("text/event-stream").header("Cache-Control", "no-store");
      reply.send(`data: ${JSON.stringify(body)}\n\n`);
      return;
    }
    reply
      .code(status)
      .headers(headers)
      .header("Cache-Control", "no-store")
      .type("application/json")
      .send(JSON.stringify(body));
  };
}

/** Clients of 0.3 that follow a task read nothing but events. */
function isLegacyStream({ a2a }: FastifyRequest): boolean {
  const call = a2a?.call ?? null;
  return call?.binding === "JSONRPC" && call.era === "0.3" && call.operation === "SubscribeToTask";
}
