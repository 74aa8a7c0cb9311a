import { latin1 } from "../latin1.ts";
import { type BodyFraming, readBodyFraming } from "./body.ts";
import { ChunkReader } from "./chunk-reader.ts";
import { mayBecomeHead, type ParsedHead, parseHead } from "./head.ts";

/** What a response consists of, as it comes. */
export interface ResponseSink {
  /** Interim ones (1xx) too. */
  head(head: ParsedHead): void;
  /** The piece is the sink's to keep. */
  data(piece: Buffer): void;
}

/** `end`: the response is whole. `invalid`: nothing of it may be trusted from here on. */
export type Progress = "more" | "end" | "invalid";

type State = "head" | "length" | "chunked" | "close";

/** Longest an engine may keep us with interim responses. */
const MAX_INTERIM = 16;

/** Reads the responses of one connection, one at a time: only what is plain, and nothing in doubt (S15). */
export class ResponseReader {
  framing: BodyFraming | undefined;
  /** Bytes came after its end, for which nobody had asked. */
  surplus = false;
  readonly #sink: ResponseSink;
  readonly #maxHeadBytes: number;
  readonly #chunks: ChunkReader;
  readonly #emit = (piece: Buffer): void => this.#sink.data(piece);
  #state: State = "head";
  #bodiless = false;
  #text = "";
  #left = 0;
  #interim = 0;

  constructor(sink: ResponseSink, maxHeadBytes: number) {
    this.#sink = sink;
    this.#maxHeadBytes = maxHeadBytes;
    this.#chunks = new ChunkReader(maxHeadBytes);
  }

  /** Name, value, …: what followed a chunked body. */
  get trailers(): string[] {
    return this.#chunks.trailers;
  }

  /** Before each request. @param bodiless its response has no body, whatever it says: `HEAD` */
  expect(bodiless: boolean): void {
    this.framing = undefined;
    this.surplus = false;
    this.#chunks.reset();
    this.#state = "head";
    this.#bodiless = bodiless;
    this.#text = "";
    this.#interim = 0;
  }

  /** Reads the first `length` of `bytes`, which may be overwritten afterwards. */
  read(bytes: Buffer, length: number): Progress {
    let from = 0;
    while (this.#state === "head") {
      const end = this.#readHead(bytes, from, length);
      if (end === -1) return "invalid";
      if (this.#state === "head" && end === length) return "more";
      from = end;
    }
    return this.#readBody(bytes, from, length);
  }

  /** The connection has ended. */
  finish(): Progress {
    return this.#state === "close" ? "end" : "invalid";
  }

  /** @returns where the head ended, or -1 for one that is refused */
  #readHead(bytes: Buffer, from: number, to: number): number {
    const seen = this.#text.length;
    const text = this.#text + latin1(bytes, from, to);
    const end = text.indexOf("\r\n\r\n", Math.max(0, seen - 3)) + 4;
    if (end > this.#maxHeadBytes || (end === 3 && text.length > this.#maxHeadBytes)) return -1;
    if (end === 3) {
      this.#text = text;
      return mayBecomeHead(text, seen) ? to : -1;
    }
    this.#text = "";
    const head = parseHead(text.slice(0, end));
    const framing = head && readBodyFraming(head, this.#bodiless);
    if (head === undefined || framing === undefined) return -1;
    if (head.status >= 200) {
      this.framing = framing;
      this.#state = framing.end;
      this.#left = framing.length;
    } else if (++this.#interim > MAX_INTERIM) return -1;
    this.#sink.head(head);
    return from + end - seen;
  }

  #readBody(bytes: Buffer, from: number, to: number): Progress {
    if (this.#state === "chunked") {
      if (from === to) return "more";
      const progress = this.#chunks.read(bytes, { from, to }, this.#emit);
      this.surplus = progress === "end" && this.#chunks.at < to;
      return progress;
    }
    const end = this.#state === "close" ? to : Math.min(to, from + this.#left);
    this.#left -= end - from;
    if (end > from) this.#sink.data(copied(bytes, from, end));
    if (this.#state === "close" || this.#left > 0) return "more";
    this.surplus = end < to;
    return "end";
  }
}

function copied(bytes: Buffer, from: number, to: number): Buffer {
  const piece = Buffer.allocUnsafe(to - from);
  bytes.copy(piece, 0, from, to);
  return piece;
}
