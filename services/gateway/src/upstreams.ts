import type { Config, UpstreamConfig } from "./config/config.ts";
import type { Clock } from "./core/clock.ts";
import type { UpstreamStates } from "./core/ports/upstreams.ts";
import { createUpstreamTable, type Served, type UpstreamTable } from "./llm/upstream-table.ts";
import type { ReadinessCheck } from "./ops/health.ts";
import { startHealthChecks } from "./proxy/health-checks.ts";
import { createUpstream } from "./proxy/upstream.ts";

/** The engines behind the gateway. */
export interface Upstreams extends UpstreamStates {
  readonly table: UpstreamTable;
  readonly readiness: ReadinessCheck;
  close(): Promise<void>;
}

export interface UpstreamLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export function createUpstreams(
  { upstreams, metering }: Pick<Config, "upstreams" | "metering">,
  { clock, log }: { readonly clock: Clock; readonly log: UpstreamLog },
): Upstreams {
  const [first, ...others] = upstreams;
  const isAlone = others.length === 0;
  const serve = (config: UpstreamConfig): Served => ({
    upstream: createUpstream({
      name: config.name,
      url: config.url,
      credential: config.credential,
      dropKeys: config.credential !== null || !isAlone,
      identityHeaders: config.identityHeaders,
      isTraced: metering.telemetry !== undefined,
      lane: config.lane,
      connections: config.maxConcurrency,
      priority: config.priority,
      weight: config.weight,
      health: config.health,
      breaker: { ...config.breaker, onChange: tellOf(config.name, log) },
      clock,
      timeouts: {
        connect: config.connectTimeoutMs,
        firstByte: config.firstByteTimeoutMs,
        idle: config.idleTimeoutMs,
      },
    }),
    kind: config.kind,
    ...(config.models === undefined ? {} : { models: config.models }),
    ...(config.routes === undefined ? {} : { routes: config.routes }),
  });
  const served: readonly [Served, ...Served[]] = [serve(first), ...others.map(serve)];
  const all = served.map(({ upstream }) => upstream);
  const health = startHealthChecks(all);
  return {
    table: createUpstreamTable(served),
    states: health.states,
    // One word for all, since anybody may ask; and never `unavailable`, since the authority goes on without an engine.
    readiness: {
      name: "upstreams",
      async run() {
        const alive = await Promise.all(all.map(health.check));
        return alive.every(Boolean) && all.every(({ breaker }) => breaker.state !== "open")
          ? "ok"
          : "degraded";
      },
    },
    async close() {
      health.close();
      await Promise.all(all.map((upstream) => upstream.close()));
    },
  };
}

const tellOf = (upstream: string, log: UpstreamLog) => (state: "open" | "closed") => {
  if (state === "open") log.warn({ upstream }, "the upstream keeps failing and is avoided");
  else log.info({ upstream }, "the upstream answers again");
};
