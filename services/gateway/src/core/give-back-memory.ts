import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How often it is looked whether this thread has come to rest, in milliseconds. */
const LOOK_MS = 1_000;
/** The share of such a second that a thread at rest is busy for, at most. */
const AT_REST = 0.05;

/**
 * Gives back, once, what the start of this thread has left behind: parsed sources, code that runs no more, the pages of a heap that
 * grew for it. By itself V8 collects only when a heap grows again, so an idle gateway would keep 10 MB for good. It takes a tenth
 * of a second, so it waits for a second in which hardly anything happens; it holds neither the process nor the thread.
 */
export function giveBackMemory(lookMs = LOOK_MS): void {
  let before = performance.eventLoopUtilization();
  const look = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > AT_REST) return;
    clearInterval(look);
    collect();
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
