import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/**
 * A request body on its way to the engine: as fast as the engine takes it, and no longer than `limit`. A stream of its
 * own, because undici destroys the body of a request that ends early, and with the request itself would go the client's
 * connection and the engine's answer.
 */
export class Upload extends Readable {
  bytes = 0;
  readonly #source: IncomingMessage;
  readonly #limit: number;
  readonly #onOverflow: () => void;

  constructor(source: IncomingMessage, limit: number, onOverflow: () => void) {
    super();
    this.#source = source;
    this.#limit = limit;
    this.#onOverflow = onOverflow;
    // Whoever ends the request says so on its own channel; a late error here has no reader left.
    this.on("error", () => {});
    source.on("data", this.#take).on("end", this.#finish).pause();
  }

  override _read(): void {
    this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#source.off("data", this.#take).off("end", this.#finish);
    callback(error);
  }

  readonly #take = (chunk: Buffer): void => {
    this.bytes += chunk.length;
    if (this.bytes > this.#limit) {
      this.#source.pause();
      this.#onOverflow();
    } else if (!this.push(chunk)) this.#source.pause();
  };

  readonly #finish = (): void => {
    this.push(null);
  };
}
