import { formatScope, parseScope, TOKEN_TYPE, type TokenTypeUri } from "@attach-dev/protocol";
import { AttachError } from "./errors.ts";

/** Longest token that is taken or sent: more does not fit in a header anyway. */
const MAX_TOKEN = 16_384;

/** Visible ASCII and nothing else: cannot break out of a header (RFC 9110 §5.5). */
export function isTokenText(token: unknown): token is string {
  return typeof token === "string" && token.length <= MAX_TOKEN && /^[\x21-\x7e]+$/.test(token);
}

/** @throws AttachError `invalid_argument` unless it is visible ASCII of 1 to 255 characters, as the gateway demands (S09) */
export function checkAgentId(id: unknown): string {
  if (typeof id === "string" && /^[\x21-\x7e]{1,255}$/.test(id)) return id;
  throw new AttachError(
    "invalid_argument",
    "an agent id is 1 to 255 characters of visible ASCII, without spaces",
  );
}

/** @throws AttachError `invalid_argument` unless it is a non-empty list of scope tokens (RFC 6749 §3.3) */
export function checkScopes(scopes: unknown): readonly string[] {
  if (Array.isArray(scopes) && scopes.length > 0 && scopes.every((scope) => typeof scope === "string")) {
    const parsed = parseScope(formatScope(scopes));
    // A scope with a space in it would parse as two: more than the caller wrote.
    if (parsed !== undefined && scopes.every((scope) => parsed.includes(scope)))
      return Object.freeze([...parsed]);
  }
  throw new AttachError("invalid_argument", 'scopes is a list of scope tokens, such as ["llm:read"]');
}

/** @throws AttachError `invalid_argument` unless it is absent or a whole number of seconds above zero */
export function checkTtl(ttl: unknown): number | undefined {
  if (ttl === undefined || (typeof ttl === "number" && Number.isSafeInteger(ttl) && ttl > 0)) return ttl;
  throw new AttachError("invalid_argument", "ttl is a whole number of seconds above zero");
}

/** @throws AttachError `invalid_argument` unless it is absent or an absolute URI without fragment (RFC 8707 §2) */
export function checkResource(resource: unknown): string | undefined {
  if (resource === undefined) return undefined;
  if (typeof resource === "string" && /^[\x21-\x7e]{1,2048}$/.test(resource) && !resource.includes("#")) {
    if (URL.canParse(resource)) return resource;
  }
  throw new AttachError("invalid_argument", "resource is an absolute URI without fragment");
}

/** @throws AttachError `invalid_argument` unless it is a whole number of milliseconds above zero */
export function checkTimeout(timeout: unknown): number {
  if (typeof timeout === "number" && Number.isInteger(timeout) && timeout > 0 && timeout <= 0x7fffffff)
    return timeout;
  throw new AttachError("invalid_argument", "timeout is a whole number of milliseconds above zero");
}

/** The URI of a token type (RFC 8693 §3) by its short name. @throws AttachError `invalid_argument` */
export function checkTokenType(name: unknown): TokenTypeUri {
  if (name === "access_token") return TOKEN_TYPE.accessToken;
  if (name === "jwt") return TOKEN_TYPE.jwt;
  if (name === "id_token") return TOKEN_TYPE.idToken;
  throw new AttachError("invalid_argument", "userTokenType is access_token, jwt or id_token");
}
