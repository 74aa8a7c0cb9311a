import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

export interface UploadOptions {
  readonly declared: number | null;
  /** Most bytes that it may have. */
  readonly limit: number;
  readonly onOverflow: () => void;
}

/**
 * A request body on its way to the engine: as fast as the engine takes it, and no longer than `limit`. A stream of its
 * own, because undici destroys the body of a request that ends early, and with the request itself would go the client's
 * connection and the engine's answer.
 */
export class Upload extends Readable {
  bytes = 0;
  /** Its length in bytes, as the client has declared it; `null`: it comes in chunks. */
  readonly declared: number | null;
  readonly #source: IncomingMessage;
  readonly #limit: number;
  readonly #onOverflow: () => void;

  constructor(source: IncomingMessage, { declared, limit, onOverflow }: UploadOptions) {
    super();
    this.#source = source;
    this.declared = declared;
    this.#limit = limit;
    this.#onOverflow = onOverflow;
    // Whoever ends the request says so on its own channel; a late error here has no reader left.
    this.on("error", () => {});
    source.on("data", this.#take).on("end", this.#finish).pause();
  }

  /** The same body, of which nothing has been taken yet. */
  anew(): Upload {
    this.destroy();
    const { declared } = this;
    return new Upload(this.#source, { declared, limit: this.#limit, onOverflow: this.#onOverflow });
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
