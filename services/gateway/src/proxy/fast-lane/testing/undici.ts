import { Duplex } from "node:stream";
import { Client, type Dispatcher } from "undici";
import type { Reference } from "./llhttp.ts";

/** A socket whose other end has said all it will: what is written to it goes nowhere. */
class Script extends Duplex {
  readonly #text: string;
  #told = false;

  constructor(text: string) {
    super();
    this.#text = text;
  }

  override _write(_piece: unknown, _encoding: string, done: () => void): void {
    done();
    // An answer comes after its request: before that undici takes bytes for unsolicited ones.
    if (this.#told) return;
    this.#told = true;
    setImmediate(() => {
      if (this.#text !== "") this.push(Buffer.from(this.#text, "latin1"));
      this.push(null);
    });
  }

  override _read(): void {}
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
}

/** What undici as a whole hands on of the same bytes; `undefined` for what it refuses or finds incomplete. */
export function readByUndici(
  text: string,
  { bodiless = false } = {},
): Promise<Omit<Reference, "keep"> | undefined> {
  const client = new Client("http://engine.test", {
    // Not within the call: undici, still at work, would not notice.
    connect: (_options, done) => queueMicrotask(() => done(null, new Script(text) as never)),
  });
  return new Promise((resolve) => {
    const seen = {
      status: 0,
      reason: "",
      lines: [] as string[],
      body: "",
      trailers: [] as string[],
    };
    const settle = (value: typeof seen | undefined): void => {
      resolve(value);
      void client.destroy();
    };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(controller, status, _headers, reason) {
        if (status < 200) return;
        seen.status = status;
        seen.reason = reason ?? "";
        seen.lines = latin1Parts(controller.rawHeaders);
      },
      onResponseData(_controller, piece) {
        seen.body += piece.toString("latin1");
      },
      onResponseEnd(controller) {
        seen.trailers = latin1Parts(controller.rawTrailers);
        settle(seen);
      },
      onResponseError: () => settle(undefined),
    };
    client.dispatch({ method: bodiless ? "HEAD" : "GET", path: "/" }, handler);
  });
}

/** undici leaves the space behind a value to its readers. */
function latin1Parts(raw: unknown): string[] {
  return ((raw as Buffer[] | null | undefined) ?? []).map((part) =>
    part.toString("latin1").replace(/[\t ]+$/, ""),
  );
}
