import { latin1 } from "../latin1.ts";
import { parseTrailers } from "./head.ts";

const CR = 13;
const LF = 10;
/** More than any engine sends in one chunk; eight hex digits cannot overflow. */
const MAX_SIZE_DIGITS = 8;

type State = "size" | "size_lf" | "data" | "data_cr" | "data_lf" | "trailers";

/** What has become of a chunked body. */
export type ChunkProgress = "more" | "end" | "invalid";

/** Takes chunked framing off (RFC 9112 §7.1): plain sizes, no extensions, CRLF alone ends a line. */
export class ChunkReader {
  /** Name, value, …; set at the end. */
  trailers: string[] = [];
  /** Where reading stopped in the bytes last given. */
  at = 0;
  readonly #maxTrailerBytes: number;
  #state: State = "size";
  #size = 0;
  #digits = 0;
  #text = "";

  constructor(maxTrailerBytes: number) {
    this.#maxTrailerBytes = maxTrailerBytes;
  }

  reset(): void {
    this.trailers = [];
    this.#state = "size";
    this.#size = 0;
    this.#digits = 0;
    this.#text = "";
  }

  /** Hands on what the chunks between `from` and `to` hold, in one piece. */
  read(
    bytes: Buffer,
    { from, to }: { from: number; to: number },
    emit: (piece: Buffer) => void,
  ): ChunkProgress {
    this.at = from;
    let gathered: Buffer | undefined;
    let filled = 0;
    let progress: ChunkProgress = "more";
    while (this.at < to && progress === "more") {
      if (this.#state === "data") {
        const end = Math.min(to, this.at + this.#size);
        gathered ??= Buffer.allocUnsafe(to - this.at);
        filled += bytes.copy(gathered, filled, this.at, end);
        this.#size -= end - this.at;
        this.at = end;
        if (this.#size === 0) this.#state = "data_cr";
      } else if (this.#state === "trailers") progress = this.#readTrailers(bytes, to);
      else if (!this.#step(bytes[this.at++] ?? 0)) progress = "invalid";
    }
    // Of a body that is not what it seems nothing more is handed on.
    if (gathered !== undefined && progress !== "invalid") emit(gathered.subarray(0, filled));
    return progress;
  }

  /** One byte of framing. @returns whether it may stand there */
  #step(byte: number): boolean {
    switch (this.#state) {
      case "size":
        if (byte === CR && this.#digits > 0) this.#state = "size_lf";
        else return this.#takeDigit(byte);
        return true;
      case "size_lf":
        this.#state = this.#size === 0 ? "trailers" : "data";
        this.#digits = 0;
        return byte === LF;
      case "data_cr":
        this.#state = "data_lf";
        return byte === CR;
      default:
        this.#state = "size";
        return byte === LF;
    }
  }

  #takeDigit(byte: number): boolean {
    const digit = hexDigit(byte);
    if (digit === -1 || this.#digits === MAX_SIZE_DIGITS) return false;
    this.#size = this.#size * 16 + digit;
    this.#digits += 1;
    return true;
  }

  #readTrailers(bytes: Buffer, to: number): ChunkProgress {
    const seen = this.#text.length;
    const text = this.#text + latin1(bytes, this.at, to);
    const end = text.startsWith("\r\n") ? 2 : text.indexOf("\r\n\r\n", Math.max(0, seen - 3)) + 4;
    if (end < 4 && end !== 2) {
      this.#text = text;
      this.at = to;
      return text.length > this.#maxTrailerBytes ? "invalid" : "more";
    }
    this.at += end - seen;
    if (end > this.#maxTrailerBytes) return "invalid";
    const trailers = parseTrailers(text.slice(0, end));
    if (trailers === undefined) return "invalid";
    this.trailers = trailers;
    return "end";
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
