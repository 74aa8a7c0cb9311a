import { buildConnector, Client } from "undici";
import { type Clock, systemClock } from "../core/clock.ts";
import { Breaker, type BreakerOptions } from "./breaker.ts";
import { type Connections, createConnections } from "./connections.ts";
import { fastLane } from "./fast-lane/open.ts";
import { type EgressCredential, requestHeaderWriter, type WriteRequestHeaders } from "./request-headers.ts";

export interface UpstreamOptions {
  readonly name: string;
  /** `http://` or `https://`; a path is put before every target. */
  readonly url: string;
  /** What we authenticate with; `null` where the upstream asks for nothing. */
  readonly credential: EgressCredential | null;
  /** `false` for a third party's upstream: it is told nothing of who calls. */
  readonly identityHeaders: boolean;
  /** Calls are traced: the trace's context that goes out is ours. */
  readonly isTraced?: boolean;
  /** Requests in flight at once; beyond it a caller is told 503. */
  readonly connections?: number;
  /** Of several that serve a request, the lowest number is asked first. */
  readonly priority?: number;
  /** Its share among those of the same priority. */
  readonly weight?: number;
  readonly health?: HealthOptions;
  readonly breaker?: BreakerOptions;
  /** `true` where others stand beside it: a caller's own key may be meant for one of them, and goes to none. */
  readonly dropKeys?: boolean;
  readonly clock?: Clock;
  readonly timeouts?: Partial<UpstreamTimeouts>;
  /** `fast`, the default: our own client where the upstream speaks plain HTTP. TLS and streamed bodies are undici's in any case. */
  readonly lane?: "fast" | "undici";
  /** Largest response head accepted, in bytes. */
  readonly maxHeaderBytes?: number;
  /** Certificate authorities to trust in place of the system's, PEM. */
  readonly ca?: string;
}

export interface HealthOptions {
  /** Behind the base path. */
  readonly path: string;
  /** In milliseconds; 0: only when somebody asks, and while it is avoided. */
  readonly everyMs: number;
}

/** All in milliseconds. */
export interface UpstreamTimeouts {
  readonly connect: number;
  /** From the request's last byte to the response's head: an answer that is not streamed takes as long as it takes. */
  readonly firstByte: number;
  /** Between two pieces of a response; also how long a client may stall before it is cut off. */
  readonly idle: number;
}

const DEFAULT_TIMEOUTS: UpstreamTimeouts = { connect: 10_000, firstByte: 600_000, idle: 300_000 };
const DEFAULT_CONNECTIONS = 1024;
const DEFAULT_HEALTH: HealthOptions = { path: "/", everyMs: 0 };
const DEFAULT_BREAKER: BreakerOptions = { failures: 5, openMs: 5_000 };
const DEFAULT_MAX_HEADER_BYTES = 64 * 1024;
/** Shorter than what common engines keep an idle connection (uvicorn: 5 s), so that we close first. */
const KEEP_ALIVE_MS = 4_000;

/** An engine we relay to: its connections, and how a request must look for it. */
export interface Upstream {
  readonly name: string;
  /** Put before every target; empty for most. */
  readonly basePath: string;
  readonly identityHeaders: boolean;
  readonly connections: number;
  readonly priority: number;
  readonly weight: number;
  readonly health: HealthOptions;
  readonly breaker: Breaker;
  /** What the last health check found; `null` before the first. */
  healthy: boolean | null;
  readonly idleMs: number;
  /** Requests in flight now. Kept by the relay. */
  active: number;
  readonly pool: Connections;
  readonly writeHeaders: WriteRequestHeaders;
  /** Waits for what is in flight. */
  close(): Promise<void>;
  /** Cuts off what is in flight. */
  destroy(): Promise<void>;
}

/** Opens nothing yet: connections are made as requests come. TLS is always verified. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const url = new URL(options.url);
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const connections = options.connections ?? DEFAULT_CONNECTIONS;
  const maxHeadBytes = options.maxHeaderBytes ?? DEFAULT_MAX_HEADER_BYTES;
  const clientOptions: Client.Options = {
    // One request a connection at a time: a second would wait behind a generation.
    pipelining: 1,
    allowH2: false,
    connect: buildConnector({
      allowH2: false,
      timeout: timeouts.connect,
      rejectUnauthorized: true,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    }),
    headersTimeout: timeouts.firstByte,
    bodyTimeout: timeouts.idle,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: maxHeadBytes,
  };
  const openClient = () => new Client(url.origin, clientOptions);
  const isFast = options.lane !== "undici" && url.protocol === "http:";
  const pool = createConnections(
    isFast
      ? fastLane({
          url,
          timeouts: { ...timeouts, keepAlive: KEEP_ALIVE_MS },
          maxHeadBytes,
          openSpare: openClient,
        })
      : openClient,
  );
  return {
    name: options.name,
    basePath: url.pathname.replace(/\/+$/, ""),
    identityHeaders: options.identityHeaders,
    connections,
    priority: options.priority ?? 0,
    weight: options.weight ?? 1,
    health: options.health ?? DEFAULT_HEALTH,
    breaker: new Breaker(options.breaker ?? DEFAULT_BREAKER, options.clock ?? systemClock),
    healthy: null,
    idleMs: timeouts.idle,
    active: 0,
    pool,
    writeHeaders: requestHeaderWriter(options.credential, options),
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  };
}
