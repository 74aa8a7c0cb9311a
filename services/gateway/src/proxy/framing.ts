import type { IncomingMessage } from "node:http";

/** How a request's body ends (RFC 9112 §6.3): its length in bytes, or `chunked`. */
export type Framing = number | "chunked";

/**
 * Reads how a request's body is framed. Node's parser has refused both headers at once and a repeated length; what it lets
 * through and a server behind us may read otherwise is refused here (S15).
 * @returns `undefined` for a coding beneath `chunked`, `chunked` twice, a coding on HTTP/1.0, a length that is no number
 */
export function readFraming(request: IncomingMessage): Framing | undefined {
  const { "transfer-encoding": encoding, "content-length": length } = request.headers;
  if (encoding !== undefined) {
    return encoding.toLowerCase() === "chunked" && request.httpVersion === "1.1" && length === undefined
      ? "chunked"
      : undefined;
  }
  if (length === undefined) return 0;
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
