import { type ServerResponse, STATUS_CODES } from "node:http";
import { latin1 } from "./latin1.ts";
import type { ResponseHead } from "./response-headers.ts";

/** More than this is sent on at once, even if the rest of the response may come within the same tick. */
const HELD_BYTES = 64 * 1024;
/** A body up to this many bytes is joined to its head: copying it costs less than a second piece of one write. */
const JOINED_BYTES = 16 * 1024;
const REASON_PHRASE = /^[\t\x20-\x7e]+$/;

/** What the writer tells of. */
export interface ResponseEvents {
  /** The client has been sent more than it takes: wait for `drain`. */
  full(): void;
  /** The head is one that cannot be written. */
  unwritable(cause: Error): void;
}

/**
 * An engine's response on its way to the client. What arrives whole within one tick leaves in one piece, with its length;
 * otherwise the head and every piece leave as they come. Framing is made from what is sent, never copied (S15).
 */
export class ClientResponse {
  bytes = 0;
  /** Nothing has been sent, so that an error may still be told. */
  held = true;
  readonly #response: ServerResponse;
  readonly #events: ResponseEvents;
  #status = 0;
  #reason = "";
  #head: ResponseHead | null = null;
  #pieces: Buffer[] = [];
  /** What completes the answer leaves with its end and no sooner. */
  readonly #holdsEnd: boolean;
  #last: Buffer | null = null;

  constructor(response: ServerResponse, events: ResponseEvents, holdsEnd = false) {
    this.#response = response;
    this.#events = events;
    this.#holdsEnd = holdsEnd;
  }

  /** Takes the head and holds it until the end of this tick. */
  begin(status: number, reason: string, head: ResponseHead): void {
    this.#status = status;
    this.#reason = reason;
    this.#head = head;
    // A head that is the whole answer is its end.
    if (!this.#holdsEnd || !(head.length === 0 || this.#bodiless())) process.nextTick(flushHeld, this);
  }

  write(piece: Buffer): void {
    this.bytes += piece.length;
    if (this.#holdsEnd && this.#last === null && this.bytes === this.#head?.length) this.#last = piece;
    else if (this.held) {
      this.#pieces.push(piece);
      if (this.bytes > HELD_BYTES) this.flush();
    } else if (!this.#response.write(piece)) this.#events.full();
  }

  /** Sends what is held. */
  flush(): void {
    const head = this.#head;
    if (!this.held || head === null) return;
    const chunked = head.length === undefined && !this.#bodiless();
    if (!this.#writeHead(head, head.length, chunked ? head.announces : undefined)) return;
    if (this.#pieces.length === 0) this.#response.flushHeaders();
    let roomy = true;
    for (const piece of this.#pieces) roomy = this.#response.write(piece);
    this.#pieces = [];
    if (!roomy) this.#events.full();
  }

  end(trailers: readonly [string, string][]): void {
    const head = this.#head;
    if (head === null) return;
    if (this.#last !== null) this.#sendLast(this.#last);
    if (this.held && (trailers.length === 0 || head.length !== undefined || this.#bodiless())) {
      this.#sendWhole(head);
      return;
    }
    this.flush();
    if (trailers.length > 0) this.#response.addTrailers([...trailers]);
    this.#response.end();
  }

  #sendLast(piece: Buffer): void {
    this.#last = null;
    if (this.held) this.#pieces.push(piece);
    else this.#response.write(piece);
  }

  /** Ends a response that cannot be completed so that the client sees it was cut short (R05). */
  cut(): void {
    this.held = false;
    const { socket, chunkedEncoding } = this.#response as ServerResponse & { chunkedEncoding: boolean };
    // Without a length or chunks, the end of the connection would pass for the end of the body.
    if (socket && !chunkedEncoding && this.#head?.length === undefined) socket.resetAndDestroy();
    else this.#response.destroy();
  }

  /** Nothing more is written, nor flushed at the end of the tick. */
  abandon(): void {
    this.#head = null;
    this.#pieces = [];
  }

  #sendWhole(head: ResponseHead): void {
    const [piece] = this.#pieces;
    const length = this.#response.req.method === "HEAD" ? head.length : this.bytes;
    if (!this.#writeHead(head, length, undefined)) return;
    const body = piece === undefined || this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces);
    // Joined to its head, a small body leaves with it in one plain write; latin1 is the bytes themselves.
    if (body === undefined) this.#response.end();
    else if (body.length <= JOINED_BYTES) this.#response.end(latin1(body), "latin1");
    else this.#response.end(body);
  }

  #writeHead(head: ResponseHead, length: number | undefined, trailer: string | undefined): boolean {
    const { headers } = head;
    if (length !== undefined && this.#status !== 204 && this.#status !== 304) {
      headers.push("Content-Length", String(length));
    }
    if (trailer !== undefined && this.#response.req.httpVersion === "1.1") headers.push("Trailer", trailer);
    this.#joinVary(head);
    try {
      if (this.#reason === STATUS_CODES[this.#status] || !REASON_PHRASE.test(this.#reason)) {
        this.#response.writeHead(this.#status, headers);
      } else this.#response.writeHead(this.#status, this.#reason, headers);
    } catch (cause) {
      this.#events.unwritable(cause as Error);
      return false;
    }
    this.held = false;
    return true;
  }

  /** Ours, set for CORS before the relay, would be lost to the engine's. */
  #joinVary({ headers, vary }: ResponseHead): void {
    const ours = this.#response.getHeader("Vary");
    if (ours === undefined || vary === undefined) return;
    headers.push("Vary", String(ours));
  }

  #bodiless(): boolean {
    return this.#status === 204 || this.#status === 304 || this.#response.req.method === "HEAD";
  }
}

function flushHeld(response: ClientResponse): void {
  if (response.held) response.flush();
}
