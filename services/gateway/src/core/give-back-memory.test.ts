import { constants, PerformanceObserver } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { giveBackMemory } from "./give-back-memory.ts";

/** Major collections. A thread that allocates next to nothing, as here, has none by itself. */
let collections = 0;
const observer = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { detail } = entry as unknown as { readonly detail: { readonly kind: number } };
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections++;
  }
});
beforeEach(() => {
  collections = 0;
  observer.observe({ entryTypes: ["gc"] });
});
afterEach(() => observer.disconnect());

test("collects once the thread has come to rest, and again only when memory has grown", async () => {
  let held = 100;
  giveBackMemory(20, () => held);
  await expect.poll(() => collections, { timeout: 4_000, interval: 250 }).toBeGreaterThan(0);
  const once = collections;
  await sleep(300);
  expect(collections).toBe(once);
  held = 120;
  await expect.poll(() => collections, { timeout: 4_000, interval: 50 }).toBeGreaterThan(once);
  const twice = collections;
  await sleep(300);
  expect(collections).toBe(twice);
  expect("gc" in globalThis).toBe(false);
});

test("does not stop a thread that is at work", async () => {
  giveBackMemory(20);
  const until = performance.now() + 200;
  while (performance.now() < until) {
    const busy = performance.now() + 8;
    while (performance.now() < busy);
    await sleep(0);
  }
  expect(collections).toBe(0);
});
