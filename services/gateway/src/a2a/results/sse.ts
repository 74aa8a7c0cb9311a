/** One event of a stream, whole. */
export interface SseEvent {
  /** As it came, with the empty line that ends it. */
  readonly bytes: Buffer;
  /** Its `data` lines joined; `null` for a comment that keeps the connection. */
  readonly data: string | null;
}

const LF = 0x0a;
const CR = 0x0d;

/** An event grew past the bound, or the stream is none. */
export class SseOverflow extends Error {}

/**
 * Cuts a stream into events (HTML, server-sent events) without changing a byte: an event is passed on once it is whole, and was judged.
 * @throws SseOverflow
 */
export function createSseReader(maxBytes: number): (piece: Buffer) => readonly SseEvent[] {
  let held: Buffer = Buffer.alloc(0);
  let scanned = 0;
  return (piece) => {
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    const events: SseEvent[] = [];
    for (let end = endOfEvent(held, scanned); end !== -1; end = endOfEvent(held, 0)) {
      const bytes = held.subarray(0, end);
      events.push({ bytes, data: dataOf(bytes) });
      held = held.subarray(end);
      scanned = 0;
    }
    if (held.length > maxBytes) throw new SseOverflow("an event of the stream is too large");
    scanned = Math.max(0, held.length - 3);
    return events;
  };
}

/** The index behind the first empty line; `-1`: none yet. A CR that ends the piece may be half of a CRLF, and waits. */
function endOfEvent(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const first = lineEnd(bytes, at);
    if (first === 0) continue;
    const second = lineEnd(bytes, at + first);
    if (second > 0 && !(bytes[at + first] === CR && second === 1 && at + first + 1 === bytes.length))
      return at + first + second;
    at += first - 1;
  }
  return -1;
}

function lineEnd(bytes: Buffer, at: number): number {
  if (bytes[at] === LF) return 1;
  if (bytes[at] !== CR) return 0;
  return bytes[at + 1] === LF ? 2 : 1;
}

function dataOf(bytes: Buffer): string | null {
  const lines = bytes
    .toString("utf8")
    .split(/\r\n|\r|\n/)
    .filter((line) => line === "data" || line.startsWith("data:"));
  if (lines.length === 0) return null;
  return lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}
