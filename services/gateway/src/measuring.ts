import type { Trail } from "./audit/trail.ts";
import { VERSION } from "./cli/version.ts";
import type { MeteringConfig } from "./config/metering.ts";
import type { Clock } from "./core/clock.ts";
import type { UsageMeter } from "./core/ports/relayed-call.ts";
import type { RevocationFeed } from "./core/ports/revocations.ts";
import type { Store } from "./core/ports/store.ts";
import type { UpstreamStates } from "./core/ports/upstreams.ts";
import { createEstimator } from "./metering/estimate/estimator.ts";
import { createMeter } from "./metering/meter.ts";
import { usageEvent } from "./metering/openmeter/event.ts";
import { type Sender, startSender } from "./metering/openmeter/sender.ts";
import { type WatchedQueue, watchQueues } from "./metering/queue-metrics.ts";
import { createUsageRecorder } from "./metering/usage-recorder.ts";
import { processMetrics } from "./observability/metrics/process-metrics.ts";
import { createRegistry, type Registry } from "./observability/metrics/registry.ts";
import { exposition, mergeSnapshots } from "./observability/metrics/snapshot.ts";
import type { Telemetry } from "./observability/tracing/open-telemetry.ts";
import type { ReadinessCheck } from "./ops/health.ts";
import { createOutbound } from "./outbound/outbound.ts";
import type { Siblings } from "./siblings.ts";

export interface MeasuringOptions {
  readonly config: MeteringConfig;
  readonly store: Pick<Store, "usage">;
  readonly trail: Trail;
  readonly feed: Pick<RevocationFeed, "lag">;
  /** How the engines are doing. */
  readonly upstreams: UpstreamStates["states"];
  readonly publicUrl: string;
  /** What they count is told together. */
  readonly siblings: Siblings | undefined;
  readonly clock: Clock;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

export interface Measuring {
  readonly registry: Registry;
  /** `undefined` where nothing is counted. */
  readonly meter: UsageMeter | undefined;
  /** Everything that is counted, in Prometheus's text format. */
  expose(): string | Promise<string>;
  /** Resolves when all usage recorded so far is durable. */
  flush(): Promise<void>;
  /** The same for all records; rejects when that takes too long. `undefined`: no answer waits for it. */
  readonly durable: (() => Promise<void>) | undefined;
  readonly checks: readonly ReadinessCheck[];
  /** Writes what waits. After the last call, before the store is closed. */
  close(): Promise<void>;
}

/** How long a close tries to write what waits, in milliseconds. */
const CLOSE_LIMIT_MS = 3_000;

/** Counting and telling, put together: what calls cost, how they went, and what waits. */
export async function createMeasuring(options: MeasuringOptions): Promise<Measuring> {
  const { config, siblings, store, trail, feed, upstreams, publicUrl, log } = options;
  const registry = createRegistry();
  siblings?.offer(() => registry.snapshot());
  processMetrics(registry, { version: VERSION });
  const estimator = createEstimator({ log });
  const sender = config.openmeter === undefined ? undefined : startOpenMeter(config.openmeter, options);
  const recorder = createUsageRecorder({
    store: store.usage,
    log,
    ...(sender === undefined ? {} : { eventOf: (usage) => usageEvent(usage, publicUrl) }),
  });
  const telemetry = await loadTelemetry(config.telemetry);
  const meter = config.counts
    ? createMeter({
        metrics: registry,
        estimate: estimator.estimate,
        asksStreams: config.asksStreams,
        record: recorder.record,
        ...(telemetry === undefined ? {} : { tracing: telemetry.tracing }),
      })
    : undefined;
  const unwatch = watchQueues(registry, {
    queues: [
      { name: "audit", waiting: () => trail.waiting, dropped: () => trail.dropped },
      { name: "usage", waiting: () => recorder.waiting, dropped: () => recorder.dropped },
      ...outboxQueue(sender),
    ],
    revocationLagMs: feed.lag,
    upstreams,
  });
  return {
    registry,
    meter,
    expose:
      siblings === undefined
        ? () => exposition(registry.snapshot())
        : async () => exposition(mergeSnapshots(await siblings.gather())),
    flush: recorder.flush,
    durable: config.strict ? () => inTime(Promise.all([trail.flush(), recorder.flush()])) : undefined,
    checks: [{ name: "usage", run: async () => (recorder.failing || sender?.failing ? "degraded" : "ok") }],
    async close() {
      unwatch();
      // First, since what is estimated then still has to be written.
      await estimator.close();
      await recorder.close(CLOSE_LIMIT_MS);
      await Promise.all([sender?.close(), telemetry?.close()]);
    },
  };
}

/** OpenTelemetry's SDK is loaded only where there is a collector: it is larger than the gateway. */
async function loadTelemetry(config: MeteringConfig["telemetry"]): Promise<Telemetry | undefined> {
  if (config === undefined) return undefined;
  const { startTelemetry } = await import("./observability/tracing/open-telemetry.ts");
  return startTelemetry({ ...config, version: VERSION });
}

/** How long an answer waits for its records before it is cut short, in milliseconds. */
const DURABLE_MS = 10_000;

async function inTime(records: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the records are not durable in time")), DURABLE_MS);
  });
  await Promise.race([records, late]).finally(() => clearTimeout(timer));
}

/** How long OpenMeter may take over a batch, in milliseconds. */
const OPENMETER_MS = 30_000;

function startOpenMeter(
  { url, apiKey }: NonNullable<MeteringConfig["openmeter"]>,
  { store, log }: MeasuringOptions,
): Sender {
  // The operator has named it, so it may be at home.
  const outbound = createOutbound({ allowedHosts: [new URL(url).hostname], timeoutMs: OPENMETER_MS });
  return startSender({ outbox: store.usage, outbound, url, apiKey, log });
}

function outboxQueue(sender: Sender | undefined): readonly WatchedQueue[] {
  if (sender === undefined) return [];
  return [{ name: "openmeter", waiting: () => sender.waiting, dropped: () => sender.refused }];
}
