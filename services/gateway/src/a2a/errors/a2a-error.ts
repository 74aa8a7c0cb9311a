/** What can go wrong in A2A's own terms (spec §3.3.2, JSON-RPC 2.0 §5.1), by the `reason` of its ErrorInfo. */
export const A2A_ERRORS = {
  TASK_NOT_FOUND: { code: -32001, status: 404, name: "NOT_FOUND" },
  TASK_NOT_CANCELABLE: { code: -32002, status: 400, name: "FAILED_PRECONDITION" },
  PUSH_NOTIFICATION_NOT_SUPPORTED: { code: -32003, status: 400, name: "FAILED_PRECONDITION" },
  UNSUPPORTED_OPERATION: { code: -32004, status: 400, name: "FAILED_PRECONDITION" },
  CONTENT_TYPE_NOT_SUPPORTED: { code: -32005, status: 415, name: "INVALID_ARGUMENT" },
  INVALID_AGENT_RESPONSE: { code: -32006, status: 500, name: "INTERNAL" },
  EXTENDED_AGENT_CARD_NOT_CONFIGURED: { code: -32007, status: 400, name: "FAILED_PRECONDITION" },
  VERSION_NOT_SUPPORTED: { code: -32009, status: 400, name: "FAILED_PRECONDITION" },
  PARSE_ERROR: { code: -32700, status: 400, name: "INVALID_ARGUMENT" },
  INVALID_REQUEST: { code: -32600, status: 400, name: "INVALID_ARGUMENT" },
  METHOD_NOT_FOUND: { code: -32601, status: 404, name: "NOT_FOUND" },
  INVALID_PARAMS: { code: -32602, status: 400, name: "INVALID_ARGUMENT" },
} as const;

export type A2aErrorReason = keyof typeof A2A_ERRORS;

/** An error of the protocol. `message` is for the caller. */
export class A2aError extends Error {
  readonly reason: A2aErrorReason;
  /** Of the JSON-RPC request, where it could be read. */
  readonly rpcId: string | number | null;

  constructor(reason: A2aErrorReason, message: string, rpcId: string | number | null = null) {
    super(message);
    this.name = "A2aError";
    this.reason = reason;
    this.rpcId = rpcId;
  }
}

/** What is not the caller's is not told apart from what does not exist. */
export const taskNotFound = (): A2aError => new A2aError("TASK_NOT_FOUND", "task not found");
