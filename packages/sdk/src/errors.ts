import type { BearerErrorCode, GatewayErrorCode, OAuthErrorCode } from "@attach-dev/protocol";
import type { BearerChallenge } from "./challenge.ts";

/** What the SDK itself found wrong, before or instead of an answer of the gateway. */
export type SdkErrorCode =
  /** An option or argument is not acceptable; nothing was sent. */
  | "invalid_argument"
  /** The gateway's address is plain http to a host that is not this machine. */
  | "insecure_gateway"
  /** The URL is not on the gateway's origin, and a token goes nowhere else. */
  | "foreign_origin"
  /** A redirect that the token may not follow. */
  | "redirect_refused"
  /** The function that gives the user's token threw, or gave something that is not a token. */
  | "user_token_failed"
  /** This agent was revoked by its own `revoke()`. */
  | "agent_revoked"
  /** The token that `asAgent` was given has ended, and this agent cannot prove itself to get another. */
  | "token_expired"
  /** No answer: refused, reset, DNS, TLS. */
  | "network_error"
  /** No complete answer in time. */
  | "timeout"
  /** The gateway's answer breaks the protocol. */
  | "invalid_response"
  /** An error answer without a code that this version of the SDK knows; `reason` has the code as sent. */
  | "http_error";

/** Every `code` an {@link AttachError} can carry. A closed union, so that a `switch` can be exhaustive. */
export type AttachErrorCode = SdkErrorCode | OAuthErrorCode | BearerErrorCode | GatewayErrorCode;

/** What an {@link AttachError} is made of, besides its message. */
export interface AttachErrorDetails {
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly reason?: string | undefined;
  readonly challenge?: BearerChallenge | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The one error class of the SDK. Its message never holds the text of a token.
 *
 * ```ts
 * try {
 *   await attach.getAgentToken({ agentId: "research-agent", scopes: ["llm:admin"] });
 * } catch (error) {
 *   if (error instanceof AttachError && error.code === "invalid_scope") console.error(error.message);
 * }
 * ```
 */
export class AttachError extends Error {
  /** Stable, for programs; the message is for people and may change. */
  readonly code: AttachErrorCode;
  /** HTTP status of the gateway's answer; `undefined` where there was none. */
  readonly status: number | undefined;
  /** `X-Request-Id` of the answer: finds the request in the gateway's log. */
  readonly requestId: string | undefined;
  /** The code as the server sent it, where that is not one of {@link AttachErrorCode}. */
  readonly reason: string | undefined;
  /**
   * The `WWW-Authenticate` challenge of a 401 or 403.
   * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)
   */
  readonly challenge: BearerChallenge | undefined;
  /** Seconds to wait before another try, where the answer said so (RFC 9110 §10.2.3). */
  readonly retryAfter: number | undefined;

  constructor(code: AttachErrorCode, message: string, details: AttachErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AttachError";
    this.code = code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.reason = details.reason;
    this.challenge = details.challenge;
    this.retryAfter = details.retryAfter;
  }

  /** For structured logs. */
  toJSON(): object {
    const { name, code, status, requestId, message, reason } = this;
    return { name, code, status, requestId, message, reason };
  }
}

/** Exhaustive by its type: a code added to the protocol has to be added here. */
const WIRE_CODES: Readonly<Record<OAuthErrorCode | BearerErrorCode | GatewayErrorCode, true>> = {
  invalid_request: true,
  invalid_client: true,
  invalid_grant: true,
  unauthorized_client: true,
  unsupported_grant_type: true,
  invalid_scope: true,
  server_error: true,
  temporarily_unavailable: true,
  invalid_target: true,
  unsupported_token_type: true,
  invalid_dpop_proof: true,
  use_dpop_nonce: true,
  invalid_token: true,
  insufficient_scope: true,
  bad_request: true,
  bad_target: true,
  forbidden: true,
  not_found: true,
  method_not_allowed: true,
  conflict: true,
  payload_too_large: true,
  expectation_failed: true,
  too_many_requests: true,
  internal_error: true,
  upstream_unreachable: true,
  upstream_unavailable: true,
  upstream_unauthorized: true,
  upstream_invalid_response: true,
  overloaded: true,
  identity_unavailable: true,
  memory_unavailable: true,
  shutting_down: true,
  upstream_timeout: true,
};

/** Is this a code that a server may send and that we know? Own members only: `"constructor"` is not one. */
export function isWireCode(code: unknown): code is keyof typeof WIRE_CODES {
  return typeof code === "string" && Object.hasOwn(WIRE_CODES, code);
}

/** The gateway answered, and the answer was no: another try of the same would be refused as well. */
export function isRefusal(error: unknown): error is AttachError {
  return (
    error instanceof AttachError && error.status !== undefined && error.status >= 400 && error.status < 500
  );
}
