import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { giveBackMemory } from "./give-back-memory.ts";

/** Garbage that V8 would leave lying: old enough to have been promoted, and nothing grows any more. */
function litter(): WeakRef<object> {
  return new WeakRef({ garbage: new Array(1_000_000).fill(1) });
}

/** A function of its own, so that no frame that waits holds what was looked at. */
function isThere(garbage: WeakRef<object>): boolean {
  return garbage.deref() !== undefined;
}

test("collects once the thread has come to rest", async () => {
  const garbage = litter();
  giveBackMemory(20);
  const deadline = performance.now() + 4_000;
  while (isThere(garbage) && performance.now() < deadline) await sleep(200);
  expect(isThere(garbage)).toBe(false);
});

test("does not stop a thread that is at work", async () => {
  const garbage = litter();
  giveBackMemory(20);
  const until = performance.now() + 200;
  while (performance.now() < until) {
    const busy = performance.now() + 8;
    while (performance.now() < busy);
    await sleep(0);
  }
  expect(isThere(garbage)).toBe(true);
});

test("leaves nothing behind that could collect again", async () => {
  giveBackMemory(10);
  await sleep(60);
  expect("gc" in globalThis).toBe(false);
});
