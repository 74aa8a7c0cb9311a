import { isIP } from "node:net";
import { Agent } from "undici";
import type { Outbound, OutboundAnswer, OutboundRequest } from "../core/ports/outbound.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { guardedLookup, mayConnect, NOT_PUBLIC, type Resolve, resolveBySystem } from "./guarded-lookup.ts";

export interface OutboundOptions {
  /** Hosts (names or IP addresses without brackets) that may be at an address that is not public. */
  readonly allowedHosts?: readonly string[];
  /** Largest answer, in bytes. Default 256 KiB. */
  readonly maxBytes?: number;
  /** From the look-up of the name to the last byte, in milliseconds. Default 5 s. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
}

/** A key set of a hundred RSA keys with their certificates fits. */
const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;

/**
 * S18: no redirects (one would move trust to an address that nobody named), no compression (a small answer could unfold), size and
 * time capped, names resolved once and judged. An agent of its own: whatever the process sets up globally (a proxy, a lax TLS
 * check), it does not hold here.
 */
export function createOutbound(options: OutboundOptions = {}): Outbound {
  const { maxBytes = MAX_BYTES, timeoutMs = TIMEOUT_MS, resolve = resolveBySystem } = options;
  const allowed = new Set((options.allowedHosts ?? []).map(bare));
  const dispatcher = new Agent({
    connections: 2,
    pipelining: 1,
    keepAliveTimeout: 1_000,
    maxHeaderSize: 16 * 1024,
    maxResponseSize: maxBytes,
    connect: { timeout: timeoutMs, lookup: guardedLookup(allowed, resolve) as never },
  });

  async function send(request: OutboundRequest): Promise<Result<OutboundAnswer, string>> {
    const url = parseTarget(request.url);
    if (url === undefined) return refuse("could not be fetched (not an http or https address)");
    const host = bare(url.hostname);
    if (isIP(host) !== 0 && !mayConnect(host, allowed)) return refuse(describeRefusal());
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const { statusCode, headers, body } = await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: request.method ?? "GET",
        signal,
        headers: { ...request.headers, "accept-encoding": "identity" },
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const refusal = describeUnread(statusCode, String(headers["content-encoding"] ?? "identity"));
      if (refusal !== undefined) {
        body.on("error", () => {}).destroy();
        return refuse(refusal);
      }
      // `maxResponseSize` ends a body that grows past the bound, announced or not.
      const bytes = Buffer.from(await body.arrayBuffer());
      return ok({ status: statusCode, headers: firstOfEach(headers), body: bytes });
    } catch (error) {
      if (signal.aborted) return refuse(`no whole answer within ${timeoutMs} ms`);
      return refuse(describeFailure(error, maxBytes));
    }
  }

  return {
    send,
    close: () => {
      dispatcher.destroy().catch(() => {});
    },
  };
}

function parseTarget(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  return url.username === "" && url.password === "" ? url : undefined;
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "").toLowerCase();
}

function firstOfEach(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const entries = Object.entries(headers).map(([name, value]) => [name, String([value].flat()[0])] as const);
  return new Map(entries);
}

function describeUnread(status: number, encoding: string): string | undefined {
  if (status >= 300 && status < 400) return `answered with a redirect (${status}), which is not followed`;
  return encoding === "identity" ? undefined : `answered with content-encoding ${encoding}`;
}

function describeRefusal(): string {
  return "not asked: the address is not a public one, and its host is not in OUTBOUND_ALLOW";
}

function describeFailure(error: unknown, maxBytes: number): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  if (code === NOT_PUBLIC) return describeRefusal();
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return `the answer is larger than ${maxBytes} bytes`;
  return `could not be fetched (${code})`;
}
