export {
  type Actor,
  AGENT_TOKEN_TYPE,
  type AgentAuthentication,
  type AgentTokenClaims,
  actorChain,
  MAX_DELEGATION_DEPTH,
  type SubjectIdentifier,
} from "./claims.ts";
export type { BearerErrorCode, GatewayErrorCode } from "./errors.ts";
export {
  GRANT_CLIENT_CREDENTIALS,
  GRANT_TOKEN_EXCHANGE,
  type OAuthErrorBody,
  type OAuthErrorCode,
  TOKEN_TYPE,
  type TokenExchangeResponse,
  type TokenTypeUri,
} from "./grants.ts";
export { IDENTITY_HEADERS, MEMORY_HEADER, RESPONSE_HEADERS } from "./headers.ts";
export {
  expandScopes,
  formatScope,
  isKnownScope,
  type KnownScope,
  MAX_SCOPE_LENGTH,
  MAX_SCOPES,
  type Narrowing,
  narrowScopes,
  parseScope,
  SCOPE_HIERARCHY,
  SCOPES,
} from "./scope.ts";
