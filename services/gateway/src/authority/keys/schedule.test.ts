import { expect, test } from "vitest";
import type { SigningKeyRow } from "../../core/ports/store.ts";
import { dueStep, PUBLISH_AHEAD_MS, RETIRE_AFTER_MS } from "./schedule.ts";

const HOUR = 3_600_000;
const rules = { rotateEveryMs: 24 * HOUR };
const key = (kid: string, status: SigningKeyRow["status"], changedAt = 0) => ({ kid, status, changedAt });

test("a key is published longer than the JWK Set may be cached, and until the longest token is over", () => {
  expect(PUBLISH_AHEAD_MS).toBeGreaterThan(300_000);
  expect(RETIRE_AFTER_MS).toBeGreaterThan(HOUR);
});

test("nothing is due for a young key, nor after the clock was set back", () => {
  expect(dueStep([key("a", "active")], rules, HOUR)).toBeUndefined();
  expect(dueStep([key("a", "active", HOUR), key("b", "next", HOUR)], rules, 0)).toBeUndefined();
});

test("a successor comes in time to be known when the key is due, and only one", () => {
  const at = 24 * HOUR - PUBLISH_AHEAD_MS;
  expect(dueStep([key("a", "active")], rules, at - 1)).toBeUndefined();
  expect(dueStep([key("a", "active")], rules, at)).toEqual({ kind: "add_next" });
  expect(dueStep([key("a", "active"), key("b", "next", at)], rules, at)).toBeUndefined();
});

test("it signs once it is known, however young the key before it", () => {
  const keys = [key("a", "active", HOUR), key("b", "next", HOUR)];
  expect(dueStep(keys, rules, HOUR + PUBLISH_AHEAD_MS - 1)).toBeUndefined();
  expect(dueStep(keys, rules, HOUR + PUBLISH_AHEAD_MS)).toEqual({ kind: "activate", kid: "b" });
});

test("a key goes when the last token it may have signed is over", () => {
  const keys = [key("a", "retiring", HOUR), key("b", "active", HOUR), key("c", "retired")];
  expect(dueStep(keys, rules, HOUR + RETIRE_AFTER_MS - 1)).toBeUndefined();
  expect(dueStep(keys, rules, HOUR + RETIRE_AFTER_MS)).toEqual({ kind: "retire", kids: ["a"] });
});
