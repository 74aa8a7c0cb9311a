import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { type ErrorCode, GatewayError } from "../core/errors.ts";
import { sendError } from "./errors/write.ts";

export interface ErrorLog {
  error(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** Longest path that is written into a line. The query never is: secrets travel in it. */
const LOGGED_PATH = 200;

/** Fastify's own client errors, in our codes. Anything unlisted is our fault. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "payload_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "bad_request",
  FST_ERR_CTP_INVALID_JSON_BODY: "bad_request",
  FST_ERR_CTP_EMPTY_JSON_BODY: "bad_request",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "bad_request",
  FST_ERR_VALIDATION: "bad_request",
  FST_ERR_BAD_URL: "bad_target",
};

/**
 * The last resort of every route: a `GatewayError` is told as it is, everything else is logged with its cause and told as
 * an internal error that names the request id and nothing more.
 */
export function createErrorHandler(log: ErrorLog) {
  return (error: FastifyError | GatewayError, request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    const told = toGatewayError(error, request, log);
    const { code, status, message } = told;
    log.info({ requestId: request.id, method: request.method, path: pathOf(request), status, code }, message);
    sendError(request, reply.raw, told);
  };
}

function pathOf({ raw }: FastifyRequest): string {
  return (raw.url ?? "").split("?", 1)[0]?.slice(0, LOGGED_PATH) ?? "";
}

/** Any error as one that may be told; what is not the caller's doing is logged with its cause. */
export function toGatewayError(
  error: FastifyError | GatewayError,
  request: FastifyRequest,
  log: ErrorLog,
): GatewayError {
  if (error instanceof GatewayError) return error;
  const code = FASTIFY_CODES[error.code] ?? (isCallersFault(error) ? "bad_request" : undefined);
  if (code !== undefined) return new GatewayError(code, error.message);
  log.error({ requestId: request.id, err: error }, "request failed");
  return new GatewayError("internal_error", "the gateway failed to handle the request");
}

/** The framework's other refusals of a request, such as a QUERY without a content type. */
function isCallersFault({ code = "", statusCode = 500 }: FastifyError): boolean {
  return code.startsWith("FST_") && statusCode >= 400 && statusCode < 500;
}
