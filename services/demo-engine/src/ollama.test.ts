import { Ollama } from "ollama";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countTokens, type DemoEngine, startDemoEngine } from "./index.ts";

let engine: DemoEngine;
let ollama: Ollama;

beforeAll(async () => {
  engine = await startDemoEngine({ models: ["llama3.2", "other:1b"] });
  ollama = new Ollama({ host: engine.url });
});

afterAll(() => engine.close());

const MESSAGES = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Why is the sky blue?" },
];

async function post(path: string, body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${engine.url}${path}`, { method: "POST", body: text });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

test("Ollama's own client streams a chat whose counts are true", async () => {
  const parts = [];
  for await (const part of await ollama.chat({ model: "llama3.2", messages: MESSAGES, stream: true }))
    parts.push(part);
  const last = parts.at(-1);
  const text = parts.map((part) => part.message.content).join("");
  expect(text).toContain("Why is the sky blue?");
  expect(parts.slice(0, -1).every((part) => !part.done && part.message.role === "assistant")).toBe(true);
  expect(last).toMatchObject({ done: true, done_reason: "stop", prompt_eval_count: 3 + 6 });
  expect(last?.eval_count).toBe(parts.length - 1);
  expect(last?.eval_count).toBe(countTokens(text));
});

test("Ollama's own client gets the same chat whole", async () => {
  const answer = await ollama.chat({ model: "llama3.2:latest", messages: MESSAGES });
  expect(answer).toMatchObject({ model: "llama3.2:latest", done: true, prompt_eval_count: 9 });
  expect(answer.eval_count).toBe(countTokens(answer.message.content));
  for (const key of ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"] as const) {
    expect(answer[key]).toSatisfy((value: number) => Number.isInteger(value) && value > 0);
  }
});

test("Ollama's own client generates, embeds, lists and shows", async () => {
  const generated = await ollama.generate({ model: "other:1b", prompt: "Say hello." });
  expect(generated).toMatchObject({ done: true, prompt_eval_count: 3 });
  expect(generated.response).toContain("Say hello.");
  const { embeddings } = await ollama.embed({ model: "llama3.2", input: ["one", "two", "one"] });
  expect(embeddings[0]).toEqual(embeddings[2]);
  expect(embeddings[0]).not.toEqual(embeddings[1]);
  expect(Math.hypot(...(embeddings[0] ?? []))).toBeCloseTo(1, 5);
  expect((await ollama.list()).models.map((model) => model.name)).toEqual(["llama3.2:latest", "other:1b"]);
  expect((await ollama.show({ model: "llama3.2" })).capabilities).toContain("completion");
  expect((await ollama.version()).version).toMatch(/demo/);
  await expect(ollama.chat({ model: "absent", messages: MESSAGES })).rejects.toThrow(
    "model 'absent' not found",
  );
});

test("streams newline-delimited JSON when the request does not say, as Ollama does", async () => {
  const { type, text } = await post("/api/chat", { model: "llama3.2", messages: MESSAGES });
  expect(type).toBe("application/x-ndjson");
  const lines = text.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(5);
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ done: true, message: { content: "" } });
});

test("cuts an answer at num_predict and says so", async () => {
  const options = { num_predict: 4 };
  const { text } = await post("/api/generate", { model: "llama3.2", prompt: "Hi", stream: false, options });
  expect(JSON.parse(text)).toMatchObject({ done_reason: "length", eval_count: 4, response: "I am the demo" });
});

test("answers in JSON when a format is asked for", async () => {
  const answer = await ollama.chat({ model: "llama3.2", messages: MESSAGES, format: "json" });
  expect(JSON.parse(answer.message.content)).toEqual({ answer: expect.stringContaining("canned") });
});

test("only loads the model when there is nothing to answer", async () => {
  const chat = await post("/api/chat", { model: "llama3.2", messages: [] });
  expect(JSON.parse(chat.text)).toMatchObject({ done: true, done_reason: "load", message: { content: "" } });
  const unload = await post("/api/generate", { model: "llama3.2", keep_alive: 0 });
  expect(JSON.parse(unload.text)).toMatchObject({ done: true, done_reason: "unload", response: "" });
});

test.for([
  ["an unknown model", "/api/chat", { model: "absent", messages: [] }, 404, "model 'absent' not found"],
  ["no model", "/api/chat", { messages: [] }, 400, "model is required"],
  ["no body", "/api/generate", "", 400, "missing request body"],
  ["broken JSON", "/api/generate", '{"model":', 400, "invalid JSON"],
  ["JSON that is no object", "/api/chat", "[]", 400, "must be a JSON object"],
  ["messages that are no list", "/api/chat", { model: "llama3.2", messages: "hi" }, 400, "must be a list"],
  ["input that is no text", "/api/embed", { model: "llama3.2", input: [1] }, 400, "invalid input type"],
  ["an unknown path", "/api/absent", {}, 404, "Invalid URL"],
  ["a wrong method", "/api/tags", {}, 405, "Not allowed"],
] as const)("refuses %s in Ollama's words", async ([, path, body, status, message]) => {
  const answer = await post(path, body);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toEqual({ error: expect.stringContaining(message) });
});

test("says that it runs, to GET and to HEAD", async () => {
  expect(await (await fetch(engine.url)).text()).toBe("Ollama is running");
  const head = await fetch(`${engine.url}/api/tags`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});
