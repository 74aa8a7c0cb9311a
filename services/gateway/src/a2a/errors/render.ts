import type { GatewayError } from "../../core/errors.ts";
import type { Binding, Era } from "../calls/operations.ts";
import { A2A_ERRORS, A2aError } from "./a2a-error.ts";

/** How errors look where a request came in. */
export interface Wire {
  readonly binding: Binding;
  readonly era: Era;
  readonly rpcId: string | number | null;
}

export interface Rendered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: object;
}

/** An error as the binding and the version have it. A 401 and a 403 are HTTP's on both bindings: A2A has no code for them. */
export function renderFault(error: A2aError | GatewayError, wire: Wire): Rendered {
  return wire.binding === "JSONRPC" ? renderRpc(error, wire) : renderRest(error, wire.era);
}

function renderRpc(error: A2aError | GatewayError, { era, rpcId }: Wire): Rendered {
  const isA2a = error instanceof A2aError;
  // Outside of what JSON-RPC keeps for itself (-32768 to -32000): the HTTP status.
  const code = isA2a ? A2A_ERRORS[error.reason].code : error.status;
  const data = era === "0.3" ? {} : { data: [errorInfo(error)] };
  return {
    status: isA2a ? 200 : error.status,
    headers: isA2a ? {} : error.headers,
    body: { jsonrpc: "2.0", id: rpcId, error: { code, message: error.message, ...data } },
  };
}

function renderRest(error: A2aError | GatewayError, era: Era): Rendered {
  const isA2a = error instanceof A2aError;
  const status = isA2a ? A2A_ERRORS[error.reason].status : error.status;
  const headers = isA2a ? {} : error.headers;
  if (era === "0.3") {
    const code = isA2a ? A2A_ERRORS[error.reason].code : status;
    return { status, headers, body: { code, message: error.message } };
  }
  const name = isA2a ? A2A_ERRORS[error.reason].name : (STATUS_NAMES[status] ?? "UNKNOWN");
  const body = {
    error: { code: status, status: name, message: error.message, details: [errorInfo(error)] },
  };
  return { status, headers, body };
}

function errorInfo(error: A2aError | GatewayError): object {
  const isA2a = error instanceof A2aError;
  return {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: isA2a ? error.reason : error.code.toUpperCase(),
    domain: isA2a ? "a2a-protocol.org" : "attach.dev",
  };
}

/** google.rpc.Code by HTTP status (AIP-193). */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  405: "UNIMPLEMENTED",
  409: "ABORTED",
  413: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};
