import type { Metrics } from "../core/ports/metrics.ts";
import type { UpstreamState, UpstreamStates } from "../core/ports/upstreams.ts";

/** A queue of records in front of the store's writer, or of somebody else's server. */
export interface WatchedQueue {
  readonly name: string;
  waiting(): number;
  /** Since the process began. */
  dropped(): number;
}

export interface Watched {
  readonly queues: readonly WatchedQueue[];
  /** How old this process's view of other processes' revocations is, in milliseconds. */
  readonly revocationLagMs: () => number;
  readonly upstreams: UpstreamStates["states"];
}

/** How often queues and the revocations' lag are looked at, in milliseconds: what was between two scrapes shows all the same. */
const LOOK_MS = 1_000;
const LAGS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const DEPTHS = [0, 1, 10, 100, 1_000, 10_000, 50_000];

/** Watches what waits. @returns ends it */
export function watchQueues(metrics: Metrics, { queues, revocationLagMs, upstreams }: Watched): () => void {
  const each = (read: (queue: WatchedQueue) => number) => () =>
    queues.map((queue) => [[queue.name], read(queue)] as const);
  const labels = ["queue"];
  metrics.gauge(
    { name: "attach_queue_waiting", help: "Records that wait to be written or sent.", labels },
    each((queue) => queue.waiting()),
  );
  metrics.gauge(
    {
      name: "attach_queue_dropped_total",
      help: "Records dropped: the queue was full, or their receiver will never take them.",
      labels,
      type: "counter",
    },
    each((queue) => queue.dropped()),
  );
  const ofEach = (read: (state: UpstreamState) => number) => () =>
    upstreams().map((state) => [[state.name], read(state)] as const);
  metrics.gauge(
    { name: "attach_requests_in_flight", help: "Relayed calls under way.", labels: ["upstream"] },
    ofEach(({ active }) => active),
  );
  metrics.gauge(
    {
      name: "attach_upstream_up",
      help: "1: requests go to the upstream; 0: it is avoided after failures, or gave no sign of life.",
      labels: ["upstream"],
      together: "min",
    },
    ofEach(({ breaker, healthy }) => (breaker === "closed" && healthy !== false ? 1 : 0)),
  );
  metrics.gauge(
    {
      name: "attach_revocation_lag_seconds",
      help: "Age of the view of other processes' revocations, now.",
      together: "max",
    },
    () => [[[], revocationLagMs() / 1e3]],
  );
  const lags = metrics
    .histogram(
      { name: "attach_revocation_lag_seen_seconds", help: "The same, looked at once a second." },
      LAGS,
    )
    .of();
  const depths = metrics.histogram(
    { name: "attach_queue_depth", help: "Records that wait, looked at once a second.", labels },
    DEPTHS,
  );
  const timer = setInterval(() => {
    lags.observe(revocationLagMs() / 1e3);
    for (const queue of queues) depths.of(queue.name).observe(queue.waiting());
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
