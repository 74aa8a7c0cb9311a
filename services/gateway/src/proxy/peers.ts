import type { Readable } from "node:stream";
import { Agent, buildConnector } from "undici";
import type { AddressGuard } from "../core/ports/outbound.ts";
import { invalidResponse, upstreamFailure, upstreamUnauthorized } from "./failure.ts";

export interface PeerRequest {
  readonly url: URL;
  readonly method: string;
  /** Name, value, name, value, …: all that is sent. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
  /** Ends it, also while the answer streams. */
  readonly signal: AbortSignal;
}

export interface PeerAnswer {
  readonly status: number;
  /** Lower-case names; a header that came more than once is not among them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Readable;
}

/** Servers that somebody registered, each at its own address. */
export interface Peers {
  /** @throws GatewayError that never names the address (S18): unreachable, too late, not HTTP */
  send(request: PeerRequest): Promise<PeerAnswer>;
  close(): Promise<void>;
}

export interface PeersOptions {
  readonly guard: AddressGuard;
  /** From the end of the request to the head of the answer, in milliseconds. */
  readonly firstByteMs?: number;
  /** Longest silence within an answer, in milliseconds. */
  readonly idleMs?: number;
  /** Requests under way to one address. */
  readonly connections?: number;
}

const CONNECT_MS = 10_000;
const FIRST_BYTE_MS = 600_000;
/** An agent at work may say nothing for long; its caller's token ends the wait. */
const IDLE_MS = 3_600_000;
const CONNECTIONS = 256;
/** Shorter than what common servers keep an idle connection, so that we close first. */
const KEEP_ALIVE_MS = 4_000;
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * One dispatcher for all of them: a pool an address, no redirects, TLS always verified, every name resolved once and judged (S18). An agent of
 * its own: what the process sets up globally does not hold here.
 */
export function createPeers(options: PeersOptions): Peers {
  const { guard, firstByteMs = FIRST_BYTE_MS, idleMs = IDLE_MS, connections = CONNECTIONS } = options;
  const agent = new Agent({
    connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: firstByteMs,
    bodyTimeout: idleMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: buildConnector({
      allowH2: false,
      timeout: CONNECT_MS,
      rejectUnauthorized: true,
      lookup: guard.lookup as never,
    }),
  });

  async function send({ url, method, headers, body, signal }: PeerRequest): Promise<PeerAnswer> {
    if (!guard.mayConnect(url.hostname)) throw upstreamFailure(new Error("its address is not public"));
    // What is sent carries a token: whoever stands between could take it.
    if (url.protocol !== "https:" && !guard.mayGoPlain(url.hostname))
      throw upstreamFailure(new Error("its address is plain http, and its host is not in OUTBOUND_ALLOW"));
    try {
      const answer = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: method as "POST",
        headers: [...headers],
        body,
        signal,
      });
      return judge(answer.statusCode, answer.headers, answer.body);
    } catch (cause) {
      throw cause instanceof Error && cause.name !== "GatewayError" ? upstreamFailure(cause) : cause;
    }
  }

  return { send, close: () => agent.destroy() };
}

function judge(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Readable,
): PeerAnswer {
  const single = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  const read = new Map(single);
  const refusal =
    status === 401 || status === 407
      ? upstreamUnauthorized()
      : status < 200 || (status >= 300 && status < 400)
        ? invalidResponse(`the agent answered with ${status}`)
        : (read.get("content-encoding") ?? "identity") !== "identity"
          ? invalidResponse("the agent's answer is in a coding that was not asked for")
          : undefined;
  if (refusal === undefined) return { status, headers: read, body };
  body.on("error", () => {}).destroy();
  throw refusal;
}
