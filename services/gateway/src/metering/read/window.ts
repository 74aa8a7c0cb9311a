/** Characters kept of the beginning and of the end of an answer: usage stands in either, whatever lies between. */
const HEAD = 16 * 1024;
const TAIL = 16 * 1024;

/** Node's own method behind `toString("latin1")`. */
type Latin1 = Buffer & { latin1Slice(): string };

/**
 * The beginning and the end of a body, as one character a byte. A piece costs a copy of its bytes and no parsing; V8 joins the
 * strings when they are read. What lies between is counted and let go.
 */
export class Window {
  bytes = 0;
  #head = "";
  #tail = "";

  add(piece: Buffer): void {
    this.bytes += piece.length;
    const text = (piece as Latin1).latin1Slice();
    if (this.#head.length < HEAD) {
      const room = HEAD - this.#head.length;
      if (text.length <= room) {
        this.#head += text;
        return;
      }
      this.#head += text.slice(0, room);
      this.#tail = text.slice(room);
    } else this.#tail += text;
    if (this.#tail.length > 2 * TAIL) this.#tail = this.#tail.slice(-TAIL);
  }

  /** All of it is here. */
  get whole(): boolean {
    return this.#head.length + this.#tail.length === this.bytes;
  }

  get head(): string {
    return this.whole ? this.#head + this.#tail : this.#head;
  }

  /** The end: at least the last 16 KiB. */
  get end(): string {
    if (this.whole) return this.#head + this.#tail;
    return this.#tail;
  }

  /** What is held, for an estimate. */
  get held(): string {
    return this.whole ? this.head : `${this.#head}\n${this.#tail}`;
  }
}
