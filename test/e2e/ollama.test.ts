import { logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { type Agent, AttachClient } from "@attach-dev/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { startGateway } from "../support/gateway.ts";
import { type Ollama, startOllama, withoutOllama } from "../support/ollama.ts";

const missing = withoutOllama();
const MESSAGES = [{ role: "user", content: "why is the sky blue" }];

describe.skipIf(missing)(`a real Ollama behind the gateway${missing ? ` (${missing})` : ""}`, () => {
  const stops: (() => Promise<unknown>)[] = [];
  let ollama: Ollama;
  let gatewayUrl: string;
  let agent: Agent;
  let userToken: string;

  beforeAll(async () => {
    ollama = await startOllama();
    stops.push(ollama.stop);
    const port = await freePort();
    gatewayUrl = `http://localhost:${port}`;
    const issuer = await startDevIssuer({ audience: gatewayUrl });
    stops.push(issuer.close);
    const gateway = await startGateway({
      port,
      env: { OIDC_ISSUER: issuer.issuer, ENGINE_URL: ollama.url, LOG_LEVEL: "warn" },
    });
    stops.push(gateway.stop);
    const alice = await logIn({ issuer: issuer.issuer, user: "alice" });
    userToken = alice.accessToken;
    const attach = new AttachClient(userToken, { gatewayUrl });
    agent = attach.agent("research-agent", { scopes: ["llm:read"] });
  });

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  const post = (path: string, body: object): Promise<Response> =>
    agent.fetch(path, { method: "POST", body: JSON.stringify(body) });

  test("R01 R03: streams /api/chat, word for word what Ollama says without us, with true usage", async () => {
    const body = { model: ollama.model, messages: MESSAGES };
    const response = await post("/api/chat", body);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("application/x-ndjson");
    const lines = jsonLines(await chunksOf(response));
    const direct = await fetch(`${ollama.url}/api/chat`, { method: "POST", body: JSON.stringify(body) });
    const expected = jsonLines([await direct.text()]);

    const text = (all: typeof lines): string => all.map(({ message }) => message?.content ?? "").join("");
    expect(text(lines).length).toBeGreaterThan(10);
    expect(text(lines)).toBe(text(expected));
    expect(lines.at(-1)).toMatchObject({ done: true, eval_count: 24 });
  });

  test("R03: the first word arrives while the last one is still to be thought of", async () => {
    const body = { model: ollama.model, messages: MESSAGES, options: { num_predict: 60 } };
    const response = await post("/api/chat", body);
    const chunks = await chunksOf(response);
    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks[0]).not.toContain('"done":true');
  });

  test("R02: streams OpenAI's /v1/chat/completions up to [DONE]", async () => {
    const response = await post("/v1/chat/completions", {
      model: ollama.model,
      messages: MESSAGES,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const chunks = await chunksOf(response);
    const events = chunks.join("").split("\n\n").filter(Boolean);
    expect(events.at(-1)).toBe("data: [DONE]");
    const parsed = events.slice(0, -1).map((event) => JSON.parse(event.replace(/^data: /, "")));
    const words = parsed.map(({ choices }) => choices[0]?.delta.content ?? "");
    expect(words.join("").length).toBeGreaterThan(10);
    expect(parsed.at(-1).usage.completion_tokens).toBe(24);
  });

  test('R01: passes a {"prompt"} body to /api/generate as it is', async () => {
    const response = await post("/api/generate", { model: ollama.model, prompt: "hello", stream: false });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ done: true, done_reason: "length", eval_count: 24 });
  });

  test("R09: counts what Ollama says it read and wrote, and what it wrote to somebody who left", async () => {
    const used = async () => {
      const headers = { Authorization: `Bearer ${userToken}` };
      const answer = await fetch(`${gatewayUrl}/attach/v1/usage?by=agent`, { headers });
      const { items } = (await answer.json()) as { items: Record<string, number>[] };
      const { requests = 0, inputTokens = 0, outputTokens = 0, estimatedTokens = 0 } = items[0] ?? {};
      return { requests, inputTokens, outputTokens, estimatedTokens };
    };
    const before = await used();
    const said = { input: 0, output: 0 };
    for (const stream of [true, false]) {
      const response = await post("/api/chat", { model: ollama.model, messages: MESSAGES, stream });
      const last = jsonLines([await response.text()]).at(-1);
      said.input += last?.prompt_eval_count ?? 0;
      said.output += last?.eval_count ?? 0;
    }
    const openai = await post("/v1/chat/completions", { model: ollama.model, messages: MESSAGES });
    const { usage } = (await openai.json()) as { usage: Record<string, number> };
    said.input += usage["prompt_tokens"] ?? 0;
    said.output += usage["completion_tokens"] ?? 0;
    const embedding = await post("/api/embed", { model: ollama.model, input: "hello there" });
    said.input += ((await embedding.json()) as { prompt_eval_count: number }).prompt_eval_count;
    const after = await used();
    expect(after).toEqual({
      requests: before.requests + 4,
      inputTokens: before.inputTokens + said.input,
      outputTokens: before.outputTokens + said.output,
      estimatedTokens: before.estimatedTokens,
    });

    const leaving = new AbortController();
    const options = { num_predict: 400 };
    const response = await agent.fetch("/api/chat", {
      method: "POST",
      body: JSON.stringify({ model: ollama.model, messages: MESSAGES, options }),
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    leaving.abort();
    await expect.poll(async () => (await used()).requests, { timeout: 20_000 }).toBe(after.requests + 1);
    const left = await used();
    expect(left.outputTokens).toBeGreaterThan(after.outputTokens);
    expect(left.estimatedTokens).toBeGreaterThan(after.estimatedTokens);
  });

  test("R02: lists the models, at both of its addresses for it", async () => {
    const tags = await agent.fetch("/api/tags");
    expect(await tags.json()).toMatchObject({ models: [{ name: "tiny:latest" }] });
    const models = await agent.fetch("/v1/models");
    expect(await models.json()).toMatchObject({ data: [{ id: "tiny:latest" }] });
  });

  test("R05: Ollama's own refusal comes back unchanged", async () => {
    const body = JSON.stringify({ model: "no-such-model", messages: MESSAGES });
    const direct = await fetch(`${ollama.url}/api/chat`, { method: "POST", body });
    const response = await agent.fetch("/api/chat", { method: "POST", body });
    expect(response.status).toBe(direct.status);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe(await direct.text());
  });

  test("refuses to delete the model for an agent that may only read, and without a token everything", async () => {
    const body = JSON.stringify({ model: ollama.model });
    const refused = await agent.fetch("/api/delete", { method: "DELETE", body });
    expect(refused.status).toBe(403);
    const stranger = await fetch(`${gatewayUrl}/api/delete`, { method: "DELETE", body });
    expect(stranger.status).toBe(401);
    const left = await fetch(`${ollama.url}/api/tags`);
    expect(await left.json()).toMatchObject({ models: [{ name: "tiny:latest" }] });
  });
});

/** The pieces of a body as they came in. */
async function chunksOf(response: Response): Promise<string[]> {
  const decoder = new TextDecoder();
  const chunks: string[] = [];
  for await (const chunk of response.body ?? []) chunks.push(decoder.decode(chunk, { stream: true }));
  return chunks;
}

function jsonLines(chunks: string[]): {
  message?: { content: string };
  done: boolean;
  prompt_eval_count?: number;
  eval_count?: number;
}[] {
  return chunks
    .join("")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
