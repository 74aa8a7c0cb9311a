/** Codes of refusals at protected resources. The token endpoint has its own, `OAuthErrorCode`. */

/** RFC 6750 §3.1: the `error` of a Bearer challenge. */
export type BearerErrorCode = "invalid_request" | "invalid_token" | "insufficient_scope";

/** The stable `code` of an error answered by the gateway, in whichever dialect the path speaks. */
export type GatewayErrorCode =
  | "bad_request"
  | "bad_target"
  | "invalid_token"
  | "invalid_dpop_proof"
  | "use_dpop_nonce"
  | "insufficient_scope"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "conflict"
  | "payload_too_large"
  | "expectation_failed"
  | "too_many_requests"
  | "internal_error"
  | "upstream_unreachable"
  | "upstream_unavailable"
  | "upstream_unauthorized"
  | "upstream_invalid_response"
  | "overloaded"
  | "identity_unavailable"
  | "memory_unavailable"
  | "shutting_down"
  | "upstream_timeout";
