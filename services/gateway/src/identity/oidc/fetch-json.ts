import { Agent } from "undici";
import { ok, type Result, refuse } from "../../core/result.ts";
import { type Json, parseStrictJson } from "../strict-json.ts";

/** Fetches a JSON document. The refusal is a sentence for the log, never for a caller. */
export type FetchJson = (url: string) => Promise<Result<Json, string>>;

export interface JsonFetcher {
  readonly fetchJson: FetchJson;
  close(): void;
}

/** Largest document, in bytes: a key set of a hundred RSA keys with their certificates fits. */
const MAX_BYTES = 256 * 1024;
/** From the first packet to the last byte, in milliseconds. */
const TIMEOUT_MS = 5_000;
const MAX_DEPTH = 16;

/**
 * The one door through which identity reaches out (S18): GET only, no redirects (a redirect would move trust to an address
 * nobody configured), no compression (a small answer could unfold), size and time capped.
 */
export function createJsonFetcher({
  maxBytes = MAX_BYTES,
  timeoutMs = TIMEOUT_MS,
}: {
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
} = {}): JsonFetcher {
  // An agent of our own: whatever the process sets up globally, TLS is verified and nothing follows redirects here.
  const dispatcher = new Agent({
    connections: 2,
    pipelining: 1,
    keepAliveTimeout: 1_000,
    maxHeaderSize: 16 * 1024,
    maxResponseSize: maxBytes,
    connect: { timeout: timeoutMs },
  });

  async function fetchJson(url: string): Promise<Result<Json, string>> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const { origin, pathname, search } = new URL(url);
      const { statusCode, headers, body } = await dispatcher.request({
        origin,
        path: `${pathname}${search}`,
        method: "GET",
        signal,
        headers: { accept: "application/json", "accept-encoding": "identity" },
      });
      const encoding = headers["content-encoding"] ?? "identity";
      if (statusCode !== 200 || encoding !== "identity") {
        body.on("error", () => {}).destroy();
        return refuse(describeAnswer(statusCode, String(encoding)));
      }
      // `maxResponseSize` ends a body that grows past the bound, announced or not.
      const document = parseStrictJson(await body.bytes(), MAX_DEPTH);
      return document === undefined ? refuse("the answer is not well-formed JSON") : ok(document);
    } catch (error) {
      if (signal.aborted) return refuse(`no whole answer within ${timeoutMs} ms`);
      return refuse(describeFailure(error, maxBytes));
    }
  }

  return {
    fetchJson,
    close: () => {
      dispatcher.destroy().catch(() => {});
    },
  };
}

function describeAnswer(status: number, encoding: string): string {
  if (status >= 300 && status < 400) return `answered with a redirect (${status}), which is not followed`;
  return status === 200 ? `answered with content-encoding ${encoding}` : `answered with status ${status}`;
}

function describeFailure(error: unknown, maxBytes: number): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return `the answer is larger than ${maxBytes} bytes`;
  return `could not be fetched (${code})`;
}
