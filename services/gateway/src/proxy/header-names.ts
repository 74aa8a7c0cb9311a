import { remember } from "../core/remember.ts";

/**
 * Every non-alphanumeric to `-`, lower case (S16): CGI, WSGI and friends take `X_Attach_User` and `X.Attach.User` for
 * `X-Attach-User`.
 */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "-");
}

/** Belong to one connection (RFC 9110 §7.6.1), never to the message; framing is made from what we send (S15). */
const HOP_BY_HOP = [
  "connection",
  "content-length",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

const REQUEST_DROPPED = new Set([
  ...HOP_BY_HOP,
  "host",
  // Ours: answered or read here, and no engine's business.
  "authorization",
  "cookie",
  "dpop",
  "expect",
  "x-request-id",
  // Claims about the caller's address that nobody here verified (httpoxy's `Proxy` among them).
  "forwarded",
  "proxy",
  "x-real-ip",
  // Would make the engine see another path or method than the one that was authorized (S14).
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
  // CORS is decided here; an engine that also judged the origin would refuse what the gateway allows (S17).
  "origin",
]);
const REQUEST_DROPPED_PREFIXES = ["x-attach-", "x-forwarded-", "access-control-request-"];

const RESPONSE_DROPPED = new Set([
  ...HOP_BY_HOP,
  "dpop-nonce",
  "www-authenticate",
  "set-cookie",
  "set-cookie2",
  "x-request-id",
  // Policies that a browser would hold against our own origin.
  "alt-svc",
  "clear-site-data",
  "strict-transport-security",
]);
const RESPONSE_DROPPED_PREFIXES = ["x-attach-", "access-control-"];

/** Where engines look for a key beside `Authorization`. */
const API_KEYS = new Set([
  "api-key",
  "x-api-key",
  "x-goog-api-key",
  "anthropic-api-key",
  "ocp-apim-subscription-key",
]);

/** What is to be done with a request header, by its name alone. */
export type RequestFate = "keep" | "drop" | "connection" | "api_key" | "accept_encoding";
/** What is to be done with a response header, by its name alone. */
export type ResponseFate =
  | "keep"
  | "drop"
  | "connection"
  | "content_length"
  | "transfer_encoding"
  | "content_type"
  | "trailer"
  | "vary";

const MEMORY = { entries: 1024, length: 64 };

export const requestFate = remember<RequestFate>((name) => {
  const folded = foldName(name);
  if (folded === "connection") return "connection";
  if (folded === "accept-encoding") return "accept_encoding";
  if (API_KEYS.has(folded)) return "api_key";
  if (REQUEST_DROPPED.has(folded)) return "drop";
  return REQUEST_DROPPED_PREFIXES.some((prefix) => folded.startsWith(prefix)) ? "drop" : "keep";
}, MEMORY);

const RESPONSE_READ = new Map<string, ResponseFate>([
  ["connection", "connection"],
  ["content-length", "content_length"],
  ["transfer-encoding", "transfer_encoding"],
  ["content-type", "content_type"],
  ["trailer", "trailer"],
  ["vary", "vary"],
]);

export const responseFate = remember<ResponseFate>((name) => {
  const read = RESPONSE_READ.get(name.toLowerCase());
  if (read !== undefined) return read;
  const folded = foldName(name);
  if (RESPONSE_DROPPED.has(folded)) return "drop";
  return RESPONSE_DROPPED_PREFIXES.some((prefix) => folded.startsWith(prefix)) ? "drop" : "keep";
}, MEMORY);

/** `Connection` values that nominate no header. */
export const PLAIN_CONNECTION = /^(?:keep-alive|close)$/i;

/**
 * Headers without those that `Connection` nominates (RFC 9110 §7.6.1), in any spelling.
 * @param headers name, value, name, value, …
 * @param nominations the value of every `Connection` header of the message
 */
export function withoutNominated(headers: readonly string[], nominations: readonly string[]): string[] {
  const names = new Set(
    nominations
      .join(",")
      .split(",")
      .map((name) => foldName(name.trim())),
  );
  return headers.filter((_part, i) => !names.has(foldName(headers[i & ~1] ?? "")));
}
