import type { ParsedHead } from "./head.ts";

/** How a response's body ends (RFC 9112 §6.3). */
export type BodyEnd = "length" | "chunked" | "close";

export interface BodyFraming {
  readonly end: BodyEnd;
  /** Bytes to come; 0 unless `end` is `length`. */
  readonly length: number;
  /** The connection may serve another request after this response. */
  readonly keep: boolean;
  /** How long the engine says it will keep the connection, in seconds. */
  readonly keepSeconds: number;
}

const LENGTH = /^\d{1,15}$/;
const KEEP_SECONDS = /(?:^|[\s,;])timeout=(\d{1,6})/i;

/**
 * Reads how a body is framed.
 * @param bodiless the request was `HEAD`
 * @returns `undefined` for what two parsers may read differently (S15)
 */
export function readBodyFraming(
  { status, old, lines }: ParsedHead,
  bodiless: boolean,
): BodyFraming | undefined {
  let length: number | undefined;
  let chunked = false;
  let keep = !old;
  let keepSeconds = Number.POSITIVE_INFINITY;
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] ?? "";
    const value = lines[i + 1] ?? "";
    // By their lengths first: most headers are none of these.
    if (name.length === 14 && name.toLowerCase() === "content-length") {
      if (length !== undefined || !LENGTH.test(value)) return undefined;
      length = Number(value);
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      if (chunked || old || value.toLowerCase() !== "chunked") return undefined;
      chunked = true;
    } else if (name.length === 10 && name.toLowerCase() === "connection") {
      if (value.toLowerCase() !== "keep-alive") keep = false;
    } else if (name.length === 10 && name.toLowerCase() === "keep-alive") {
      keepSeconds = Number(KEEP_SECONDS.exec(value)?.[1] ?? keepSeconds);
    }
  }
  if (chunked && length !== undefined) return undefined;
  const none = status === 204 || status < 200;
  // RFC 9112 §6.1: neither belongs there, and parsers differ on whether a body then follows.
  if (none && (chunked || (length ?? 0) > 0)) return undefined;
  // Of a body that is announced and must not come, an engine in error sends the bytes all the same: with the next request's
  // answer they would trade places.
  if (bodiless || status === 304) keep &&= !bodiless && !chunked && (length ?? 0) === 0;
  if (bodiless || none || status === 304) return { end: "length", length: 0, keep, keepSeconds };
  if (chunked) return { end: "chunked", length: 0, keep, keepSeconds };
  return length === undefined
    ? { end: "close", length: 0, keep: false, keepSeconds }
    : { end: "length", length, keep, keepSeconds };
}
