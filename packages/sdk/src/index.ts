export type { TokenExchangeResponse } from "@attach-dev/protocol";
export type { Agent } from "./agent.ts";
export type { AgentOptions } from "./agent-terms.ts";
export type {
  AgentGrant,
  ApiOperations,
  ApiPaths,
  IntrospectionResponse,
  IssuedToken,
  MemoryEvent,
  MemoryNote,
  MemoryPage,
  MemoryWritten,
  RegisteredAgent,
} from "./api.ts";
export type { AsAgentOptions } from "./as-agent.ts";
export type { BearerChallenge } from "./challenge.ts";
export { type AgentTokenRequest, AttachClient, type AttachClientOptions } from "./client.ts";
export type { AgentCredential } from "./credential.ts";
export { AttachError, type AttachErrorCode, type AttachErrorDetails, type SdkErrorCode } from "./errors.ts";
export type { AttachEvents, AttachListener, RefusedEvent, RevokedEvent, TokenEvent } from "./events.ts";
export { allowInsecure } from "./gateway-url.ts";
export type { AgentMemory, MemoryPaging } from "./memory.ts";
export { readError } from "./read-error.ts";
export type { AgentTasks, TaskInput, TaskOptions, TaskState } from "./tasks.ts";
export type { Timing } from "./token-source.ts";
export { type UserSessionOptions, userSession } from "./user-session.ts";
export type { UserToken } from "./user-token.ts";
export type { VerifiedAgent } from "./verify/claims.ts";
export { type VerifyOptions, verifyAgentToken } from "./verify/verify-agent-token.ts";
export type { WebKey, WebKeyPair } from "./web-crypto.ts";
