import { expect, test } from "vitest";
import { estimateTokens } from "./count-tokens.ts";
import { createEstimator } from "./estimator.ts";
import { textsOf } from "./texts.ts";

const latin1 = (text: string): string => Buffer.from(text).toString("latin1");
const sample = (text: string) => ({ text: latin1(text), bytes: Buffer.byteLength(text) });

test.each([
  [
    "a chat",
    '{"model":"m","messages":[{"role":"user","content":"hello there"},{"role":"user","content":[{"type":"text","text":"you"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}',
    ["hello there", "you"],
  ],
  ["a list of inputs", '{"model":"m","input":["one","two"],"encoding_format":"float"}', ["one", "two"]],
  [
    "Ollama's lines",
    '{"model":"m","message":{"role":"assistant","content":"a"},"done":false}\n{"message":{"content":"b\\nc"}',
    ["a", "b\nc"],
  ],
  [
    "events",
    'data: {"choices":[{"delta":{"content":"Gr"}}]}\n\ndata: {"choices":[{"delta":{"content":"üße"},"finish_reason":"stop"}]}',
    ["Gr", "üße"],
  ],
  [
    "a response's events, each text once",
    'data: {"type":"response.output_text.delta","delta":"hi"}\n\ndata: {"type":"response.output_text.done","text":"hi"}',
    ["hi"],
  ],
  ["what was cut off in a word", '{"messages":[{"content":"hello wor', ["hello wor"]],
  [
    "quotes and what looks like JSON in a text",
    '{"prompt":"say \\"content\\":\\"x\\" {"}',
    ['say "content":"x" {'],
  ],
] as const)("finds the text in %s", (_name, source, texts) => {
  expect(textsOf(source)).toEqual(texts);
});

test("counts with the tokenizer, in a thread of its own, and text beyond the sample by its size", async () => {
  const estimator = createEstimator({ log: { warn: () => {} } });
  const body = '{"messages":[{"content":"The quick brown fox jumps over the lazy dog."}]}';
  const whole = await estimator.estimate({ input: sample(body), output: null });
  expect(whole).toEqual({ input: 10, output: 0 });
  const twice = await estimator.estimate({ input: { text: body, bytes: body.length * 2 }, output: null });
  expect(twice.input).toBe(20);
  const special = await estimator.estimate({ input: null, output: sample('{"response":"<|endoftext|>"}') });
  expect(special.output).toBeGreaterThan(0);
  await estimator.close();
});

test("measures roughly when the thread cannot be asked, and never rejects", async () => {
  const estimator = createEstimator({ log: { warn: () => {} } });
  const asked = estimator.estimate({ input: sample('{"prompt":"12345678"}'), output: null });
  await estimator.close();
  expect((await asked).input).toBe(2);
  expect((await estimator.estimate({ input: sample('{"prompt":"12345678"}'), output: null })).input).toBe(2);
});

test("takes no longer for a hostile text than for any other", () => {
  const count = (text: string) => text.length;
  for (const text of [
    '{"content":"',
    '"'.repeat(32_768),
    "\\".repeat(32_768),
    '{"content":"\\'.repeat(3_000),
    "[".repeat(32_768),
  ]) {
    const started = performance.now();
    estimateTokens(text.padEnd(32_768, 'a"\\'), 32_768, count);
    expect(performance.now() - started).toBeLessThan(200);
  }
});
