import { performance } from "node:perf_hooks";
import type { Metrics } from "../../core/ports/metrics.ts";

/** What every Prometheus client says of its process, by the same names. Read when somebody looks. */
export function processMetrics(metrics: Metrics, { version }: { readonly version: string }): void {
  const one = (name: string, help: string, read: () => number): void =>
    metrics.gauge({ name, help }, () => [[[], read()]]);
  metrics.gauge({ name: "attach_build_info", help: "The version, as a label.", labels: ["version"] }, () => [
    [[version], 1],
  ]);
  one("process_cpu_seconds_total", "Processor time, user and system.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  one("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  one(
    "process_start_time_seconds",
    "When the process started, since the epoch.",
    () => performance.timeOrigin / 1e3,
  );
  one("nodejs_heap_size_used_bytes", "Heap in use.", () => process.memoryUsage().heapUsed);
  one(
    "nodejs_external_memory_bytes",
    "Memory of buffers beside the heap.",
    () => process.memoryUsage().external,
  );
  let before = performance.eventLoopUtilization();
  one(
    "nodejs_eventloop_utilization",
    "Share of the time since the last look that the event loop was busy.",
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
  );
}
