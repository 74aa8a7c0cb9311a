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
  const meter = config.counts
    ? createMeter({
        metrics: registry,
        estimate: estimator.estimate,
        asksStreams: config.asksStreams,
        record: recorder.record,
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
    checks: [{ name: "usage", run: async () => (recorder.failing || sender?.failing ? "degraded" : "ok") }],
    async close() {
      unwatch();
      // First, since what is estimated then still has to be written.
      await estimator.close();
      await recorder.close(CLOSE_LIMIT_MS);
      await sender?.close();
    },
  };
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
