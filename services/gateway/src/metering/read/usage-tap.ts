import type { CallEnd, ResponseTap, Usage } from "../../core/ports/relayed-call.ts";
import type { Dialect } from "./dialect.ts";
import { type Figures, type Form, readFigures } from "./figures.ts";
import { Window } from "./window.ts";

/** Text that tokens are estimated from: a sample, and how long the whole of it was. */
export interface Sample {
  /** One character a byte; JSON, lines of it, or events, perhaps cut. */
  readonly text: string;
  /** Bytes of the whole that the sample stands for. */
  readonly bytes: number;
}

/** What is missing in an engine's figures; `null`: nothing. */
export interface Samples {
  readonly input: Sample | null;
  readonly output: Sample | null;
}

/** Estimates tokens, 0 for what is not asked. Never rejects. */
export type Estimate = (samples: Samples) => Promise<{ readonly input: number; readonly output: number }>;

/** Most bytes of a request's body that an estimate is made from. */
const SAMPLED = 32 * 1024;

/** Looks on while one answer passes and says afterwards what it cost: by the engine's figures, or by an estimate. */
export class UsageTap implements ResponseTap {
  #seen: Window | null = null;
  #form: Form = "json";
  #status = 0;
  readonly #dialect: Dialect;
  readonly #estimate: Estimate;
  readonly #body: Buffer | null;
  readonly #bodyBytes: number;

  /** @param body the request's, where it was read */
  constructor(dialect: Dialect, estimate: Estimate, body: Buffer | null) {
    this.#dialect = dialect;
    this.#estimate = estimate;
    this.#bodyBytes = body === null ? 0 : body.length;
    // A part of a large body would hold all of it for as long as the answer takes.
    this.#body = body === null || body.length <= SAMPLED ? body : Buffer.from(body.subarray(0, SAMPLED));
  }

  head(status: number, headers: readonly string[]): void {
    this.#status = status;
    if (!isSuccess(status)) return;
    const form = formOf(headers);
    if (form === undefined) return;
    this.#form = form;
    this.#seen = new Window();
  }

  data(piece: Buffer): void {
    if (this.#seen !== null) this.#seen.add(piece);
  }

  /** @returns `null` where no model ran: at once where the engine gave figures, else when they are estimated */
  count(end: CallEnd): Usage | null | Promise<Usage | null> {
    // An engine that refused has run nothing. One that was left before it answered may have read the prompt.
    if (!isSuccess(this.#status) && !(this.#status === 0 && end.aborted && end.bytesIn > 0)) return null;
    const figures = this.#seen === null ? NOTHING : readFigures(this.#seen, this.#form);
    const { input, output } = figures;
    if (input === null || output === null) return this.#estimateRest(figures, end);
    return { inputTokens: input, outputTokens: output, source: "engine" };
  }

  async #estimateRest({ input, output }: Figures, { bytesIn, bytesOut }: CallEnd): Promise<Usage> {
    const { isText, generates } = this.#dialect;
    const body = this.#body;
    const asked = { text: body?.toString("latin1") ?? "", bytes: body === null ? bytesIn : this.#bodyBytes };
    const guess = await this.#estimate({
      input: input === null && isText ? asked : null,
      output: output === null && generates && isText ? this.#written(bytesOut) : null,
    });
    return {
      inputTokens: input ?? guess.input,
      outputTokens: output ?? guess.output,
      source: "estimate",
    };
  }

  /** What cannot be read is measured by its size: an answer in a form that nobody knows is not for nothing. */
  #written(bytesOut: number): Sample | null {
    if (this.#seen !== null) return { text: this.#seen.held, bytes: this.#seen.bytes };
    return bytesOut > 0 ? { text: "", bytes: bytesOut } : null;
  }
}

const NOTHING: Figures = { input: null, output: null };

const isSuccess = (status: number): boolean => status >= 200 && status <= 299;

/** `undefined` for what holds no text, or text that is coded: the engine was asked not to (S22). */
function formOf(headers: readonly string[]): Form | undefined {
  let form: Form | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (name.length === 12 && name.toLowerCase() === "content-type") form = formOfType(headers[i + 1] ?? "");
    else if (name.length === 16 && name.toLowerCase() === "content-encoding") {
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
