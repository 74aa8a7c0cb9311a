import { describe, expect, it } from "vitest";
import type { CallEnd } from "../../core/ports/relayed-call.ts";
import { askForUsage } from "./ask-for-usage.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { type Samples, UsageTap } from "./usage-tap.ts";

const CHAT = dialectOf("/v1/chat/completions") as Dialect;
const END: CallEnd = {
  upstream: "default",
  status: 200,
  bytesIn: 20,
  bytesOut: 0,
  firstByteAt: 0,
  endedAt: 0,
  aborted: false,
  error: null,
};
const JSON_TYPE = ["Content-Type", "application/json; charset=utf-8"];

function tap(dialect = CHAT, body: Buffer | null = Buffer.from('{"messages":[]}')) {
  const asked: Samples[] = [];
  const reader = new UsageTap(
    dialect,
    async (samples) => {
      asked.push(samples);
      return { input: samples.input === null ? 0 : 4, output: samples.output === null ? 0 : 2 };
    },
    body,
  );
  return { reader, asked };
}

describe("usage of a call", () => {
  it("is the engine's own at once, and nothing is estimated", () => {
    const { reader, asked } = tap();
    reader.head(200, JSON_TYPE);
    reader.data(Buffer.from('{"usage":{"prompt_tokens":5,"completion_tokens":2}}'));
    expect(reader.count(END)).toEqual({ inputTokens: 5, outputTokens: 2, source: "engine" });
    expect(asked).toEqual([]);
  });

  it("is estimated from what was seen when the client hung up", async () => {
    const { reader, asked } = tap();
    reader.head(200, ["content-type", "text/event-stream"]);
    reader.data(Buffer.from('data: {"choices":[{"delta":{"content":"hi"}}]}\n\n'));
    const usage = await reader.count({ ...END, aborted: true });
    expect(usage).toEqual({ inputTokens: 4, outputTokens: 2, source: "estimate" });
    expect(asked[0]?.output?.text).toContain('"hi"');
  });

  it("of which the engine told a part, the rest alone is estimated", async () => {
    const { reader, asked } = tap();
    reader.head(200, JSON_TYPE);
    reader.data(Buffer.from('{"eval_count":9}'));
    expect(await reader.count(END)).toEqual({ inputTokens: 4, outputTokens: 9, source: "estimate" });
    expect(asked[0]?.output).toBeNull();
  });

  it("is nothing where the engine refused, and the prompt where the client left before an answer", async () => {
    const refused = tap().reader;
    refused.head(404, JSON_TYPE);
    refused.data(Buffer.from('{"usage":{"prompt_tokens":5,"completion_tokens":2}}'));
    expect(refused.count({ ...END, status: 404 })).toBeNull();
    expect(tap().reader.count({ ...END, status: 502 })).toBeNull();
    const left = await tap().reader.count({ ...END, status: 0, aborted: true });
    expect(left).toEqual({ inputTokens: 4, outputTokens: 0, source: "estimate" });
  });

  it("of a compressed answer is not read as text", async () => {
    const { reader, asked } = tap();
    reader.head(200, [...JSON_TYPE, "Content-Encoding", "gzip"]);
    reader.data(Buffer.from('{"usage":{"prompt_tokens":5,"completion_tokens":2}}'));
    expect(await reader.count(END)).toMatchObject({ source: "estimate" });
    expect(asked[0]?.output).toBeNull();
  });

  it("of embeddings has no output, of sound and pictures no estimate", async () => {
    const embedding = tap(dialectOf("/api/embeddings")).reader;
    embedding.head(200, JSON_TYPE);
    expect(await embedding.count(END)).toMatchObject({ inputTokens: 4, outputTokens: 0 });
    const sound = tap(dialectOf("/v1/audio/speech")).reader;
    sound.head(200, ["content-type", "audio/mpeg"]);
    expect(await sound.count(END)).toMatchObject({ inputTokens: 0, outputTokens: 0 });
  });

  it("holds a bounded part of a long body, and knows how long it was", async () => {
    const { reader, asked } = tap(CHAT, Buffer.alloc(1_000_000, "a"));
    reader.head(200, JSON_TYPE);
    for (let n = 0; n < 1_000; n++) reader.data(Buffer.alloc(1_000, "b"));
    await reader.count(END);
    const { input, output } = asked[0] as Samples;
    expect([input?.bytes, output?.bytes]).toEqual([1_000_000, 1_000_000]);
    expect(input?.text.length).toBeLessThanOrEqual(32 * 1024);
    expect(output?.text.length).toBeLessThanOrEqual(64 * 1024);
  });
});

describe("asking a stream for its usage", () => {
  const ask = (path: string, text: string) => {
    const json = JSON.parse(text);
    const read = { body: Buffer.from(text), json, model: null, stream: json.stream ?? null };
    return askForUsage(path, read)?.toString();
  };

  it("adds one member and leaves every other byte", () => {
    expect(ask("/v1/chat/completions", '{ "stream":true, "messages":[ {} ] }\n')).toBe(
      '{ "stream":true, "messages":[ {} ] ,"stream_options":{"include_usage":true}}\n',
    );
  });

  it.each([
    ["/v1/chat/completions", '{"messages":[]}'],
    ["/v1/chat/completions", '{"stream":false}'],
    ["/v1/chat/completions", '{"stream":true,"stream_options":{"include_usage":false}}'],
    ["/v1/responses", '{"stream":true}'],
    ["/api/chat", '{"stream":true}'],
  ])("leaves %s %s as it is", (path, text) => {
    expect(ask(path, text)).toBeUndefined();
  });
});

it("R09: an answer in a form that nobody knows is measured by its size, and is not for nothing", async () => {
  const { reader, asked } = tap();
  reader.head(200, ["Content-Type", "text/plain"]);
  reader.data(Buffer.from("many words"));
  await reader.count({ ...END, bytesOut: 4_000 });
  expect(asked[0]?.output).toEqual({ text: "", bytes: 4_000 });
});
