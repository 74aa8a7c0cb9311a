import { expect, test } from "vitest";
import { estimateTokens } from "./estimate.ts";

const of = (body: unknown, route = "/v1/chat/completions") => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return estimateTokens({ body: Buffer.from(text), json: JSON.parse(text) }, route);
};

test.each([
  ["/v1/chat/completions", { max_tokens: 7 }, 7],
  ["/v1/chat/completions", { max_completion_tokens: 8 }, 8],
  ["/v1/responses", { max_output_tokens: 9 }, 9],
  ["/api/chat", { options: { num_predict: 10 } }, 10],
  ["/v1/completions", { max_tokens: 5, n: 3 }, 15],
  ["/v1/messages", {}, null],
  ["/api/generate", { options: { num_predict: -1 } }, null],
] as const)("R08: reads the bound that a caller states: %s %j", (route, body, bound) => {
  expect(of(body, route).output).toBe(bound);
});

test("R08: takes the largest of several bounds, however they are spelt", () => {
  expect(of('{"max_tokens": 1, "MAX_TOKENS": 4000}').output).toBe(4000);
  expect(of('{"max_tokens": 4000, "max_tokens": 1}').output).toBe(4000);
});

test("R08: believes no bound beside a name that is disguised", () => {
  expect(of('{"max_tokens": 1, "max\\u005ftokens": 4000}').output).toBeNull();
  expect(of('{"max_tokens": 1, "\\u006Dax_tokens": 4000}').output).toBeNull();
});

test("R08: what a prompt says of bounds is no bound", () => {
  const prompt = JSON.stringify({ max_tokens: 90_000, n: 50 });
  expect(of({ messages: [{ content: prompt }], max_tokens: 5 }).output).toBe(5);
});

test("a picture counts as a picture and not as text of its length", () => {
  const { input } = of({ images: ["A".repeat(1_000_000)], max_tokens: 5 });
  expect(input).toBeGreaterThan(1_000);
  expect(input).toBeLessThan(2_000);
});

test("what only reads writes nothing", () => {
  const body = Buffer.from('{"input":"twelve chars"}');
  expect(estimateTokens({ body, json: { input: "twelve chars" } }, null)).toEqual({ input: 6, output: 0 });
});
