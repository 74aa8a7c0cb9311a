import { GatewayError } from "../core/errors.ts";

const TIMEOUTS = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "LANE_TIMEOUT"]);
/** What the engine said could not be understood, or framed beyond doubt. */
const INVALID = new Set([
  "UND_ERR_HEADERS_OVERFLOW",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "UND_ERR_RES_EXCEEDED_MAX_SIZE",
  "ERR_ASSERTION",
  "LANE_INVALID_RESPONSE",
]);
const CLOSED = new Set(["UND_ERR_DESTROYED", "UND_ERR_CLOSED", "LANE_CLOSED"]);
const INVALID_MESSAGES = new Set(["bad response", "bad upgrade"]);

/**
 * What the caller is told of an upstream's failure: never its address (S18). The cause stays with the error for the log.
 */
export function upstreamFailure(cause: Error & { readonly code?: string }): GatewayError {
  const code = cause.code ?? "";
  if (TIMEOUTS.has(code)) {
    return new GatewayError("upstream_timeout", "the engine did not answer in time", { cause });
  }
  if (INVALID.has(code) || cause.name === "HTTPParserError" || INVALID_MESSAGES.has(cause.message)) {
    return invalidResponse("the engine's response was not valid HTTP", cause);
  }
  if (CLOSED.has(code)) {
    return new GatewayError("shutting_down", "the gateway is shutting down", { cause });
  }
  return new GatewayError("upstream_unreachable", "the engine could not be reached", { cause });
}

export function invalidResponse(message: string, cause?: Error): GatewayError {
  return new GatewayError("upstream_invalid_response", message, cause === undefined ? {} : { cause });
}

/** An engine that turns our credential away is a fault of the gateway's: its 401 must not be taken for ours (S17). */
export function upstreamUnauthorized(): GatewayError {
  return new GatewayError("upstream_unauthorized", "the engine refused the gateway's own credential");
}

/** More requests at once than the upstream is given connections. */
export function overloaded(): GatewayError {
  return new GatewayError("overloaded", "the engine has no free connection", {
    headers: { "Retry-After": "1" },
  });
}
