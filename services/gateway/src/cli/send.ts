import { Agent } from "undici";
import { ok, type Result, refuse } from "../core/result.ts";
import { type Json, parseStrictJson } from "../core/strict-json.ts";

/** One answer of a server: whatever its status, its JSON where it is JSON. */
export interface Answer {
  readonly status: number;
  /** `undefined` where the body is not well-formed JSON. */
  readonly body: Json | undefined;
  /** The `Date` header (RFC 9110 §6.6.1) in milliseconds since the epoch, where there is one. */
  readonly date: number | undefined;
}

export interface Sending {
  /** A form makes it a POST. */
  readonly form?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends to an OAuth server and reads the answer. The refusal is a sentence that names no secret. */
export type Send = (url: string, sending?: Sending) => Promise<Result<Answer, string>>;

export interface Sender {
  readonly send: Send;
  close(): void;
}

/** Largest answer, in bytes: tokens and metadata are small. */
const MAX_BYTES = 256 * 1024;
/** From the first packet to the last byte, in milliseconds. */
const TIMEOUT_MS = 10_000;
const MAX_DEPTH = 16;

/**
 * How secrets go out to a provider (S18): no redirects (one would hand the secret to an address nobody configured), no
 * compression, size and time capped. Errors of OAuth are JSON with a status of 400 (RFC 6749 §5.2), so a status judges nothing here.
 */
export function createSender({ timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {}): Sender {
  const dispatcher = new Agent({
    pipelining: 1,
    keepAliveTimeout: 1_000,
    maxHeaderSize: 16 * 1024,
    maxResponseSize: MAX_BYTES,
    connect: { timeout: timeoutMs },
  });

  async function send(
    url: string,
    { form, headers: more, signal }: Sending = {},
  ): Promise<Result<Answer, string>> {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const { origin, pathname, search } = new URL(url);
      const { statusCode, headers, body } = await dispatcher.request({
        origin,
        path: `${pathname}${search}`,
        method: form === undefined ? "GET" : "POST",
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        headers: {
          accept: "application/json",
          "accept-encoding": "identity",
          ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...more,
        },
        ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
      });
      const bytes = await body.bytes();
      if (statusCode >= 300 && statusCode < 400)
        return refuse(`answered with a redirect (${statusCode}), which is not followed`);
      const date = Date.parse(String(headers["date"]));
      return ok({
        status: statusCode,
        body: parseStrictJson(bytes, MAX_DEPTH),
        date: Number.isNaN(date) ? undefined : date,
      });
    } catch (error) {
      if (limit.aborted) return refuse(`gave no whole answer within ${timeoutMs} ms`);
      return refuse(describeFailure(error));
    }
  }

  return {
    send,
    close: () => {
      dispatcher.destroy().catch(() => {});
    },
  };
}

function describeFailure(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return `answered with more than ${MAX_BYTES} bytes`;
  return `could not be reached (${code ?? "unknown error"})`;
}
