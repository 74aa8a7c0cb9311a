import { expect, test } from "vitest";
import { createReplayCache } from "./replay.ts";

const NOW = 1_800_000_000_000;
const proof = (jti: string, { jkt = "key", until = NOW + 60_000 } = {}) => ({ jkt, jti, until });

test("S11: remembers a proof for as long as it is good", () => {
  const cache = createReplayCache();
  expect(cache.use(proof("a"), NOW)).toBe("first");
  for (const later of [0, 1, 30_000, 60_000]) expect(cache.use(proof("a"), NOW + later)).toBe("repeated");
});

test("forgets what is over, and makes room by it", () => {
  const cache = createReplayCache({ capacity: 2 });
  cache.use(proof("a"), NOW);
  cache.use(proof("b", { until: NOW + 100_000 }), NOW);
  expect(cache.use(proof("c"), NOW + 1)).toBe("full");
  expect(cache.use(proof("c", { until: NOW + 140_000 }), NOW + 80_000)).toBe("first");
  expect(cache.size).toBe(2);
  expect(cache.use(proof("b", { until: NOW + 100_000 }), NOW + 80_000)).toBe("repeated");
});

test("S11: is bounded, and refuses rather than forgets", () => {
  const cache = createReplayCache({ capacity: 100 });
  const keys = Array.from({ length: 150 }, (_, i) => `key-${i}`);
  const answers = keys.map((jkt) => cache.use(proof("a", { jkt }), NOW));
  expect(answers.filter((answer) => answer === "first")).toHaveLength(100);
  expect(answers.slice(100)).toEqual(Array(50).fill("full"));
  expect(cache.use(proof("a", { jkt: "key-0" }), NOW)).toBe("repeated");
});

test("one key cannot use up the room of the others", () => {
  const cache = createReplayCache({ capacity: 10, capacityPerKey: 3 });
  for (const jti of ["a", "b", "c"]) expect(cache.use(proof(jti, { jkt: "greedy" }), NOW)).toBe("first");
  expect(cache.use(proof("d", { jkt: "greedy" }), NOW)).toBe("full");
  expect(cache.use(proof("d", { jkt: "modest" }), NOW)).toBe("first");
  expect(cache.use(proof("e", { jkt: "greedy", until: NOW + 130_000 }), NOW + 75_000)).toBe("first");
});

test("long ids are told apart by all of their characters", () => {
  const cache = createReplayCache();
  const long = "x".repeat(254);
  expect(cache.use(proof(`${long}1`), NOW)).toBe("first");
  expect(cache.use(proof(`${long}2`), NOW)).toBe("first");
  expect(cache.use(proof(`${long}1`), NOW)).toBe("repeated");
});
