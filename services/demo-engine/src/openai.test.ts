import OpenAI, { APIError } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countTokens, type DemoEngine, startDemoEngine } from "./index.ts";

let engine: DemoEngine;
let openai: OpenAI;

beforeAll(async () => {
  engine = await startDemoEngine();
  openai = new OpenAI({ baseURL: `${engine.url}/v1`, apiKey: "unused", maxRetries: 0 });
});

afterAll(() => engine.close());

const MESSAGES = [
  { role: "system" as const, content: "Be brief." },
  { role: "user" as const, content: [{ type: "text" as const, text: "Why is the sky blue?" }] },
];
const MODEL = "llama3.2";

test("OpenAI's own client gets a completion whose usage is true", async () => {
  const answer = await openai.chat.completions.create({ model: MODEL, messages: MESSAGES });
  const text = answer.choices[0]?.message.content ?? "";
  expect(text).toContain("Why is the sky blue?");
  expect(answer).toMatchObject({
    object: "chat.completion",
    model: MODEL,
    choices: [{ finish_reason: "stop" }],
  });
  expect(answer.usage?.prompt_tokens).toBe(9);
  expect(answer.usage?.completion_tokens).toBe(countTokens(text));
  expect(answer.usage?.total_tokens).toBe(9 + countTokens(text));
});

test("OpenAI's own client streams, with usage in a last chunk only when asked for", async () => {
  const collect = async (withUsage: boolean) => {
    const chunks = [];
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: MESSAGES,
      stream: true,
      ...(withUsage ? { stream_options: { include_usage: true } } : {}),
    });
    for await (const chunk of stream) chunks.push(chunk);
    return chunks;
  };
  const plain = await collect(false);
  expect(plain[0]?.choices[0]?.delta).toMatchObject({ role: "assistant", content: "" });
  expect(plain.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  expect(plain.some((chunk) => "usage" in chunk)).toBe(false);

  const counted = await collect(true);
  const text = counted.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
  expect(counted.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  expect(counted.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: countTokens(text) } });
  expect(new Set(counted.map((chunk) => chunk.id)).size).toBe(1);
});

test("OpenAI's own client completes text, embeds, and lists models", async () => {
  const completion = await openai.completions.create({
    model: MODEL,
    prompt: "Once upon a time",
    max_tokens: 3,
  });
  expect(completion.choices[0]).toMatchObject({ text: "I am the", finish_reason: "length" });
  expect(completion.usage).toEqual({ prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 });
  // The client asks for base64 unless told otherwise, and decodes it: both forms must be the same vector.
  const packed = await openai.embeddings.create({ model: MODEL, input: ["a", "b"] });
  const plain = await openai.embeddings.create({ model: MODEL, input: ["a", "b"], encoding_format: "float" });
  expect(packed.data.map((item) => item.embedding)).toEqual(plain.data.map((item) => item.embedding));
  expect(packed.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
  expect((await openai.models.list()).data.map((model) => model.id)).toEqual([MODEL]);
  expect((await openai.models.retrieve(MODEL)).object).toBe("model");
});

test("OpenAI's own client shows the reason of a refusal", async () => {
  const absent = openai.chat.completions.create({ model: "absent", messages: MESSAGES });
  await expect(absent).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  await expect(openai.models.retrieve("absent")).rejects.toBeInstanceOf(APIError);
  const empty = openai.chat.completions.create({ model: MODEL, messages: [] });
  await expect(empty).rejects.toMatchObject({ status: 400, type: "invalid_request_error" });
});

test("answers whole unless told to stream, and ends a stream with [DONE]", async () => {
  const post = async (stream?: boolean) => {
    const body = JSON.stringify({ model: MODEL, messages: MESSAGES, stream });
    const response = await fetch(`${engine.url}/v1/chat/completions`, { method: "POST", body });
    return { type: response.headers.get("content-type"), text: await response.text() };
  };
  expect((await post()).type).toMatch(/^application\/json/);
  const streamed = await post(true);
  expect(streamed.type).toMatch(/^text\/event-stream/);
  expect(streamed.text.endsWith("\n\ndata: [DONE]\n\n")).toBe(true);
});

test.for([
  ["broken JSON", "{", 400, null],
  ["no model", { messages: MESSAGES }, 400, null],
  ["several choices", { model: MODEL, messages: MESSAGES, n: 2 }, 400, "unsupported_value"],
] as const)("refuses %s in OpenAI's words", async ([, body, status, code]) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${engine.url}/v1/chat/completions`, { method: "POST", body: text });
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({
    error: { message: expect.any(String), type: "invalid_request_error", param: null, code },
  });
});

test("refuses an unknown path in OpenAI's words", async () => {
  const response = await fetch(`${engine.url}/v1/absent`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
});
