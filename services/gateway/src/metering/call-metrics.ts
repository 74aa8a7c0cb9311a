import type { Counter, Histogram, Metrics } from "../core/ports/metrics.ts";
import type { CallEnd } from "../core/ports/relayed-call.ts";

/** Seconds. From what a gateway adds to what a long generation takes. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const FIRST_BYTES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

interface Series {
  readonly byStatus: Map<number, Counter>;
  readonly duration: Histogram;
  readonly firstByte: Histogram;
  readonly received: Counter;
  readonly sent: Counter;
}

/** Counts relayed calls, whatever they asked for. @returns told of each when it is over, with when it began */
export function callMetrics(metrics: Metrics): (end: CallEnd, startedAt: number) => void {
  const labels = ["upstream"];
  const requests = metrics.counter({
    name: "attach_requests_total",
    help: "Relayed calls, by what the client was told; 0: it left before.",
    labels: ["upstream", "status"],
  });
  const durations = metrics.histogram(
    {
      name: "attach_request_duration_seconds",
      help: "Relayed calls, from the policies to the last byte.",
      labels,
    },
    DURATIONS,
  );
  const firstBytes = metrics.histogram(
    { name: "attach_first_byte_seconds", help: "Until the engine began its answer.", labels },
    FIRST_BYTES,
  );
  const received = metrics.counter({
    name: "attach_request_bytes_total",
    help: "Bytes of requests' bodies.",
    labels,
  });
  const sent = metrics.counter({
    name: "attach_response_bytes_total",
    help: "Bytes of answers' bodies.",
    labels,
  });
  const errors = metrics.counter({
    name: "attach_upstream_errors_total",
    help: "Calls that the gateway answered, or cut short, in the engine's place.",
    labels: ["upstream", "code"],
  });
  const known = new Map<string, Series>();

  function seriesOf(upstream: string): Series {
    const series = {
      byStatus: new Map<number, Counter>(),
      duration: durations.of(upstream),
      firstByte: firstBytes.of(upstream),
      received: received.of(upstream),
      sent: sent.of(upstream),
    };
    known.set(upstream, series);
    return series;
  }

  return ({ upstream, status, bytesIn, bytesOut, firstByteAt, endedAt, error }, startedAt) => {
    const series = known.get(upstream) ?? seriesOf(upstream);
    let counter = series.byStatus.get(status);
    if (counter === undefined) {
      counter = requests.of(upstream, String(status));
      series.byStatus.set(status, counter);
    }
    counter.add(1);
    series.duration.observe((endedAt - startedAt) / 1e3);
    if (firstByteAt !== null) series.firstByte.observe((firstByteAt - startedAt) / 1e3);
    series.received.add(bytesIn);
    series.sent.add(bytesOut);
    if (error !== null) errors.of(upstream, error.code).add(1);
  };
}
