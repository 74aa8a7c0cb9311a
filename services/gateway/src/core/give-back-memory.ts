import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How often it is looked whether this thread has come to rest, in milliseconds. */
const LOOK_MS = 1_000;
/** The share of such a second that a thread at rest is busy for, at most. */
const AT_REST = 0.05;
/** By how much memory has to have grown since it was given back last, for that to be worth a tenth of a second again. */
const GROWN = 1.15;
/** Not more often than once in so many looks. */
const LOOKS_BETWEEN = 5;

/**
 * Gives back what the start of this thread has left behind, and what a rush has: parsed sources, code that runs no more, the pages of
 * a heap that grew for it. By itself V8 collects only when a heap grows again, so an idle gateway would keep it for good. It takes a
 * tenth of a second, so it waits for a second in which hardly anything happens; it holds neither the process nor the thread.
 * @param memory bytes that this thread, or its process, holds now
 */
export function giveBackMemory(lookMs = LOOK_MS, memory: () => number = process.memoryUsage.rss): void {
  let before = performance.eventLoopUtilization();
  let enough = 0;
  let looks = LOOKS_BETWEEN;
  const look = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    looks++;
    if (utilization > AT_REST || looks <= LOOKS_BETWEEN || memory() < enough) return;
    looks = 0;
    collect();
    enough = memory() * GROWN;
  }, lookMs);
  look.unref();
}

/** What V8 does when memory runs short: collects all there is, and lets go of the pages that it pools. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  // Nothing depends on it: a V8 that knows the flag no more keeps its memory.
  if (typeof gc === "function") gc({ type: "major", execution: "sync", flavor: "last-resort" });
}
