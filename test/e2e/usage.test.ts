import { AttachClient } from "@attach-dev/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seriesOf } from "../support/metrics.ts";
import { type Stack, startStack } from "../support/stack.ts";

const HELLO = [{ role: "user", content: "count these four words" }];
const PATHS = {
  "/api/chat": { model: "llama3.2", messages: HELLO, stream: false },
  "/api/generate": { model: "llama3.2", prompt: "count these four words" },
  "/v1/chat/completions": { model: "llama3.2", messages: HELLO },
};

let stack: Stack;
let alice: string;
let bob: string;

beforeAll(async () => {
  stack = await startStack({ USAGE_ASK_STREAMS: "on" });
  [alice, bob] = await Promise.all([stack.userToken("alice"), stack.userToken("bob")]);
});
afterAll(() => stack.stop());

const post = (path: string, token: string, body: object): Promise<Response> =>
  stack.call(path, token, { method: "POST", body: JSON.stringify(body) });

interface Line {
  readonly agent?: string | null;
  readonly model?: string | null;
  readonly user?: { readonly iss: string; readonly sub: string };
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly estimatedTokens: number;
}

async function usage(token: string, query = ""): Promise<readonly Line[]> {
  const response = await stack.call(`/attach/v1/usage${query}`, token);
  expect(response.status).toBe(200);
  return ((await response.json()) as { items: Line[] }).items;
}

const metrics = async () => seriesOf(await (await stack.call("/metrics")).text());

describe("R09: usage", () => {
  test("R09: what an engine says it cost is shown at once, by model, agent and user", async () => {
    const engineSaid = { input: 0, output: 0 };
    for (const [path, body] of Object.entries(PATHS)) {
      const response = await post(path, alice, body);
      const text = (await response.text()).trim().split("\n").at(-1) ?? "";
      const last = JSON.parse(text);
      engineSaid.input += last.prompt_eval_count ?? last.usage.prompt_tokens;
      engineSaid.output += last.eval_count ?? last.usage.completion_tokens;
    }
    const agent = await stack.agentToken("alice", { agent: "counter" });
    await (await post("/api/chat", agent, PATHS["/api/chat"])).text();

    const [byModel] = await usage(alice, "?by=model");
    expect(engineSaid.input).toBe(12);
    expect(byModel).toMatchObject({ model: "llama3.2", requests: 4, inputTokens: 16, estimatedTokens: 0 });
    const byAgent = await usage(alice, "?by=agent");
    expect(byAgent.map((line) => [line.agent, line.requests, line.inputTokens])).toEqual([
      [null, 3, 12],
      ["counter", 1, 4],
    ]);
    expect(byAgent[0]?.outputTokens).toBe(engineSaid.output);
    const byUser = await usage(alice, "?by=user");
    expect(byUser.map(({ user }) => user)).toEqual([{ iss: stack.issuer.issuer, sub: "alice" }]);
    expect(byUser[0]?.totalTokens).toBe(16 + (byModel?.outputTokens ?? 0));
  });

  test("R09: the same counts stand at /metrics, and no prompt does", async () => {
    const user = `${stack.issuer.issuer}|alice`;
    const series = await metrics();
    const labels = { user, model: "llama3.2", direction: "in" };
    expect(series("attach_usage_tokens_total", { ...labels, agent: "" })).toBe(12);
    expect(series("attach_usage_tokens_total", { ...labels, agent: "counter" })).toBe(4);
    expect(series("attach_requests_total", { upstream: "default", status: "200" })).toBeGreaterThanOrEqual(4);
    expect(await (await stack.call("/metrics")).text()).not.toContain("four words");
  });

  test("R09: an OpenAI stream is asked for its usage when it may be, and the caller's own wish stands", async () => {
    const before = (await usage(bob))[0]?.inputTokens ?? 0;
    const body = { ...PATHS["/v1/chat/completions"], stream: true };
    const asked = await (await post("/v1/chat/completions", bob, body)).text();
    expect(asked).toContain('"prompt_tokens":4');
    const unasked = { ...body, stream_options: { include_usage: false } };
    expect(await (await post("/v1/chat/completions", bob, unasked)).text()).not.toContain("prompt_tokens");
    await expect.poll(async () => (await usage(bob))[0]?.requests, { timeout: 15_000 }).toBe(2);
    const [line] = await usage(bob);
    expect(line?.inputTokens).toBeGreaterThan(before + 4);
    expect(line?.estimatedTokens).toBeGreaterThan(0);
    expect(line?.estimatedTokens).toBeLessThan(line?.totalTokens ?? 0);
  });

  test("R09: nobody sees another's usage, an agent nobody's, and a refused call costs nothing", async () => {
    const before = await usage(bob);
    expect((await post("/api/chat", bob, { model: "no-such-model", messages: HELLO })).status).toBe(404);
    expect(await usage(bob)).toEqual(before);
    expect((await usage(bob, "?by=user")).map(({ user }) => user?.sub)).toEqual(["bob"]);
    const agent = await stack.agentToken("alice");
    expect((await stack.call("/attach/v1/usage", agent)).status).toBe(403);
    expect((await stack.call("/attach/v1/usage")).status).toBe(401);
    expect((await stack.call("/attach/v1/usage?by=everything", bob)).status).toBe(400);
    expect(await usage(bob, "?from=2020-01-01&to=2020-02-01")).toEqual([]);
  });

  test("R09 R03: a client that hangs up pays for what was generated", async () => {
    const agent = new AttachClient(alice, { gatewayUrl: stack.gateway.url }).agent("leaver", {
      scopes: ["llm:read"],
    });
    const leaving = new AbortController();
    const response = await agent.fetch("/api/chat", {
      method: "POST",
      body: JSON.stringify({ model: "llama3.2", messages: HELLO }),
      signal: leaving.signal,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    leaving.abort();
    const line = async () => (await usage(alice, "?by=agent")).find((one) => one.agent === "leaver");
    await expect.poll(async () => (await line())?.requests, { timeout: 15_000 }).toBe(1);
    expect((await line())?.inputTokens).toBeGreaterThan(0);
    expect((await line())?.outputTokens).toBeGreaterThan(0);
  });
});
