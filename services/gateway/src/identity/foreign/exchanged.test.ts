import { expect, test } from "vitest";
import { ok } from "../../core/result.ts";
import { createExchangedTokens } from "./exchanged.ts";

test("forgets an exchange when its time is over, to the millisecond", () => {
  const tokens = createExchangedTokens();
  tokens.keep("foreign", ok("ours"), 1000);
  expect(tokens.get("foreign", 999)).toEqual(ok("ours"));
  expect(tokens.get("foreign", 1000)).toBeUndefined();
  tokens.keep("foreign", ok("ours"), 2000);
  tokens.forget("foreign");
  expect(tokens.get("foreign", 0)).toBeUndefined();
});

test("stays bounded however many tokens come, and keeps the newest", () => {
  const tokens = createExchangedTokens();
  for (let one = 0; one < 5_000; one++) tokens.keep(`t${one}`, ok("x"), 1000);
  const left = Array.from({ length: 5_000 }, (_, one) => tokens.get(`t${one}`, 0)).filter(Boolean);
  expect(left.length).toBe(500);
  expect(tokens.get("t4999", 0)).toEqual(ok("x"));
});
