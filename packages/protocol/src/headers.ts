/** Header names of the contract, in the spelling that goes on the wire. */

export const IDENTITY_HEADERS = {
  user: "X-Attach-User",
  issuer: "X-Attach-Issuer",
  session: "X-Attach-Session",
  agent: "X-Attach-Agent",
} as const;

/** The one X-Attach header that is read from a caller (where policy allows) before it is removed. */
export const MEMORY_HEADER = "X-Attach-Memory";

export const RESPONSE_HEADERS = {
  sessionId: "X-Attach-Session-Id",
  requestId: "X-Request-Id",
} as const;
