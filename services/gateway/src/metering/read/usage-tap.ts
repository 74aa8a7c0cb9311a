import type { CallEnd, MeteredCall, OpenUsageTap, TokenCounts, UsageTap } from "../../core/ports/metering.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { type Figures, type Form, readFigures } from "./figures.ts";
import { Window } from "./window.ts";

/** Text that tokens are estimated from: a sample, and how long the whole of it was. */
export interface Sample {
  /** One character a byte; JSON, lines of it, or events, perhaps cut. */
  readonly text: string;
  /** Bytes of the whole that the sample stands for. */
  readonly bytes: number;
}

/** Estimates the tokens of both. Never rejects. */
export type Estimate = (samples: {
  readonly input: Sample | null;
  readonly output: Sample | null;
}) => Promise<{ readonly input: number; readonly output: number }>;

/** Most bytes of a request's body that an estimate is made from. */
const SAMPLED = 32 * 1024;

/** Where counting begins: makes a reader for each call that runs a model. */
export function usageTaps(estimate: Estimate): OpenUsageTap {
  return (call) => {
    const dialect = dialectOf(call.path);
    return dialect && new Reader(call, dialect, estimate);
  };
}

class Reader implements UsageTap {
  #seen: Window | null = null;
  #form: Form = "json";
  #status = 0;
  readonly #dialect: Dialect;
  readonly #body: Buffer | null;
  readonly #bodyBytes: number;
  readonly #estimate: Estimate;

  constructor({ body }: MeteredCall, dialect: Dialect, estimate: Estimate) {
    this.#dialect = dialect;
    this.#estimate = estimate;
    this.#bodyBytes = body === null ? 0 : body.length;
    // A part of a large body would hold all of it for as long as the answer takes.
    this.#body = body === null || body.length <= SAMPLED ? body : Buffer.from(body.subarray(0, SAMPLED));
  }

  head(status: number, headers: readonly string[]): void {
    this.#status = status;
    if (status < 200 || status > 299) return;
    const form = formOf(headers);
    if (form === undefined) return;
    this.#form = form;
    this.#seen = new Window();
  }

  data(piece: Buffer): void {
    if (this.#seen !== null) this.#seen.add(piece);
  }

  finish(end: CallEnd, done: (counts: TokenCounts | null) => void): void {
    const begun = this.#status >= 200 && this.#status <= 299;
    // An engine that refused has run nothing; one that was left before it answered has read the prompt at least.
    if (!begun && (this.#status !== 0 || !end.dispatched)) {
      done(null);
      return;
    }
    const figures = this.#seen === null ? NOTHING : readFigures(this.#seen, this.#form);
    const { input, output } = figures;
    if (input !== null && output !== null) done({ input, output, source: "engine" });
    else this.#estimateRest(figures, end, done);
  }

  #estimateRest({ input, output }: Figures, { bytesIn }: CallEnd, done: (counts: TokenCounts) => void): void {
    const { isText, generates } = this.#dialect;
    const seen = this.#seen;
    const asked: Sample | null =
      input === null && isText
        ? {
            text: this.#body === null ? "" : this.#body.toString("latin1"),
            bytes: this.#body === null ? bytesIn : this.#bodyBytes,
          }
        : null;
    const said: Sample | null =
      output === null && generates && seen !== null ? { text: seen.held, bytes: seen.bytes } : null;
    void this.#estimate({ input: asked, output: said }).then((guess) =>
      done({ input: input ?? guess.input, output: output ?? guess.output, source: "estimate" }),
    );
  }
}

const NOTHING: Figures = { input: null, output: null };

/** `undefined` for what holds no text, or text that is coded: the engine was asked not to (S22). */
function formOf(headers: readonly string[]): Form | undefined {
  let form: Form | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (name.length === 12 && name.toLowerCase() === "content-type") {
      form = formOfType(headers[i + 1] ?? "");
    } else if (name.length === 16 && name.toLowerCase() === "content-encoding") {
      if (!/^\s*(identity)?\s*$/i.test(headers[i + 1] ?? "")) return undefined;
    }
  }
  return form;
}

function formOfType(value: string): Form | undefined {
  const semicolon = value.indexOf(";");
  const type = (semicolon === -1 ? value : value.slice(0, semicolon)).trim().toLowerCase();
  if (type === "application/json") return "json";
  if (type === "text/event-stream") return "events";
  if (type === "application/x-ndjson" || type === "application/jsonl") return "lines";
  return type.endsWith("+json") ? "json" : undefined;
}
