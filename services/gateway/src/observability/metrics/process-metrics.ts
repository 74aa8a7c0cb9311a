import { performance } from "node:perf_hooks";
import type { Metrics, ReadAbout } from "../../core/ports/metrics.ts";

/** What every Prometheus client says of its process, by the same names. Read when somebody looks. */
export function processMetrics(metrics: Metrics, { version }: { readonly version: string }): void {
  const one = (about: ReadAbout, read: () => number): void => metrics.gauge(about, () => [[[], read()]]);
  metrics.gauge(
    { name: "attach_build_info", help: "The version, as a label.", labels: ["version"], together: "max" },
    () => [[[version], 1]],
  );
  metrics.gauge({ name: "attach_processes", help: "Processes that serve." }, () => [[[], 1]]);
  one(
    { name: "process_cpu_seconds_total", help: "Processor time, user and system.", type: "counter" },
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  );
  one({ name: "process_resident_memory_bytes", help: "Resident memory." }, () => process.memoryUsage.rss());
  one(
    {
      name: "process_start_time_seconds",
      help: "When the process started, since the epoch.",
      together: "min",
    },
    () => performance.timeOrigin / 1e3,
  );
  one({ name: "nodejs_heap_size_used_bytes", help: "Heap in use." }, () => process.memoryUsage().heapUsed);
  one(
    { name: "nodejs_external_memory_bytes", help: "Memory of buffers beside the heap." },
    () => process.memoryUsage().external,
  );
  let before = performance.eventLoopUtilization();
  one(
    {
      name: "nodejs_eventloop_utilization",
      help: "Share of the time since the last look that the event loop was busy.",
      together: "max",
    },
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
  );
}
