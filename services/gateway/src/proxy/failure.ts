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

/** It failed too often of late to be asked now. @param waitMs when it may be asked again, in milliseconds */
export function unavailable(waitMs: number): GatewayError {
  return new GatewayError("upstream_unavailable", "the engine keeps failing and is left alone for a moment", {
    headers: { "Retry-After": String(Math.max(1, Math.ceil(waitMs / 1000))) },
  });
}

type Failure = Error & { readonly code?: string; readonly syscall?: string; readonly errors?: unknown };

/** Did it fail before there was a connection? Then nothing of the request has been sent. */
export function neverConnected(cause: Failure): boolean {
  if (cause.code === "UND_ERR_CONNECT_TIMEOUT" || cause.code === "LANE_CONNECT_TIMEOUT") return true;
  if (cause.syscall === "connect" || cause.syscall === "getaddrinfo") return true;
  return Array.isArray(cause.errors) && cause.errors.length > 0 && cause.errors.every(neverConnected);
}

/** Is it the gateway's own doing, so that it says nothing of the upstream? */
export function isOurs({ code }: Failure): boolean {
  return CLOSED.has(code ?? "");
}

/** Did the engine stay silent? It may still be at work on the request. */
export function isTimeout({ code }: Failure): boolean {
  return TIMEOUTS.has(code ?? "");
}
