import type { GatewayErrorCode } from "@attach-dev/protocol";

/**
 * What can go wrong with a request, once, by a stable code. How a code looks on a wire (problem+json, OpenAI, Ollama) is a
 * table in `http/errors/`; OAuth endpoints have codes of their own (RFC 6749 §5.2).
 */
export const ERROR_STATUS = {
  bad_request: 400,
  bad_target: 400,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  use_dpop_nonce: 401,
  insufficient_scope: 403,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  expectation_failed: 417,
  too_many_requests: 429,
  internal_error: 500,
  upstream_unreachable: 502,
  upstream_unauthorized: 502,
  upstream_invalid_response: 502,
  upstream_unavailable: 503,
  overloaded: 503,
  identity_unavailable: 503,
  memory_unavailable: 503,
  shutting_down: 503,
  upstream_timeout: 504,
} as const satisfies Record<GatewayErrorCode, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** An error that may be told to the caller: `message` is written for them and names nothing internal. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** Extra response headers, such as `WWW-Authenticate` or `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    options?: { headers?: Record<string, string>; cause?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = "GatewayError";
    this.code = code;
    this.status = ERROR_STATUS[code];
    this.headers = options?.headers ?? {};
  }
}
