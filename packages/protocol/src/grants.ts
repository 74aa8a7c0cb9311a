/** Token endpoint vocabulary: RFC 8693 (token exchange) names and shapes. */

export const GRANT_TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

/** RFC 6749 §4.4: a service account asks for a token of its own. */
export const GRANT_CLIENT_CREDENTIALS = "client_credentials";

export const TOKEN_TYPE = {
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  idToken: "urn:ietf:params:oauth:token-type:id_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
} as const;

export type TokenTypeUri = (typeof TOKEN_TYPE)[keyof typeof TOKEN_TYPE];

/** A successful exchange (RFC 8693 §2.2.1). `expires_in` in seconds. */
export interface TokenExchangeResponse {
  readonly access_token: string;
  readonly issued_token_type: TokenTypeUri;
  readonly token_type: "Bearer" | "DPoP";
  readonly expires_in: number;
  readonly scope: string;
}

/** An OAuth error body (RFC 6749 §5.2). */
export interface OAuthErrorBody {
  readonly error: OAuthErrorCode;
  readonly error_description?: string;
  readonly error_uri?: string;
}

export type OAuthErrorCode =
  // RFC 6749 §5.2
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  // RFC 6749 §4.1.2.1, used with 5xx
  | "server_error"
  | "temporarily_unavailable"
  // RFC 8693 §2.2.2 and RFC 8707 §2
  | "invalid_target"
  // RFC 7009 §2.2.1
  | "unsupported_token_type"
  // RFC 9449 §5, §8
  | "invalid_dpop_proof"
  | "use_dpop_nonce";
