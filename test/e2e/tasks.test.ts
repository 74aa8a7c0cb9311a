import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../support/stack.ts";
import { ended, send, type TaskView } from "../support/tasks.ts";

const CHAT = { model: "llama3.2", messages: [{ role: "user", content: "hello" }] };

/** Names and values in turn, in pairs. */
const pairs = (flat: readonly string[]): [string, string][] =>
  flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ""] as [string, string]] : []));

let stack: Stack;
let token: string;

beforeAll(async () => {
  stack = await startStack();
  token = await stack.agentToken("alice", { scope: "chat:run" });
});

afterAll(() => stack?.stop());

describe("A01: the simple façade", () => {
  test("hands a chat to the engine and keeps its answer", async () => {
    const before = stack.engine.requests.length;
    const response = await send(stack, { input: CHAT }, token);
    expect(response.status).toBe(202);
    const accepted = (await response.json()) as { task_id: string; state: string };
    expect(accepted).toEqual({ task_id: expect.stringMatching(/^[0-9a-f-]{36}$/), state: "queued" });
    const task = await ended(stack, accepted.task_id, token);
    expect(task).toMatchObject({ state: "done", result: { model: "llama3.2", done: true } });
    expect(Date.parse(task.created)).toBeLessThanOrEqual(Date.now());
    const [call] = stack.engine.requests.slice(before);
    expect(call).toMatchObject({ method: "POST", path: "/api/chat" });
  });

  test.each([
    ["a body that is itself the input", CHAT, "/api/chat"],
    ["a prompt", { input: { model: "llama3.2", prompt: "hello" } }, "/api/generate"],
  ])("takes %s", async (_what, body, path) => {
    const before = stack.engine.requests.length;
    const response = await send(stack, body, token);
    const { task_id } = (await response.json()) as { task_id: string };
    expect(await ended(stack, task_id, token)).toMatchObject({ state: "done", result: { done: true } });
    expect(stack.engine.requests[before]).toMatchObject({ method: "POST", path });
  });

  test("takes a text as what a user says, which the engine answers by the default model alone", async () => {
    const response = await send(stack, { input: "hello" }, token);
    const { task_id } = (await response.json()) as { task_id: string };
    expect(await ended(stack, task_id, token)).toMatchObject({
      state: "error",
      result: { error: { code: "engine", status: 400 } },
    });
  });

  test("takes a memory by its mem_id, the caller's own alone", async () => {
    const alice = await stack.agentToken("alice", { scope: "chat:run memory:read memory:write" });
    const written = await stack.call("/attach/v1/memory", alice, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text: "sort it by insertion" }),
    });
    const { id } = (await written.json()) as { id: string };
    const hand = async (bearer: string) => {
      const response = await send(stack, { mem_id: id, model: "llama3.2" }, bearer);
      return ended(stack, ((await response.json()) as { task_id: string }).task_id, bearer);
    };
    expect(await hand(alice)).toMatchObject({ state: "done", result: { done: true } });
    const bob = await stack.agentToken("bob", { scope: "chat:run memory:read" });
    expect(await hand(bob)).toMatchObject({ state: "error", result: { error: { code: "no_memory" } } });
  });

  test("answers under the earlier gateway's other names, too", async () => {
    const response = await stack.call("/tasks/send", token, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ input: CHAT }),
    });
    const { task_id } = (await response.json()) as { task_id: string };
    await ended(stack, task_id, token);
    const status = await stack.call(`/tasks/status/${task_id}`, token);
    expect(await status.json()).toMatchObject({ state: "done" });
  });

  test("tells the engine's own refusal", async () => {
    const response = await send(stack, { input: { ...CHAT, model: "no-such-model" } }, token);
    const { task_id } = (await response.json()) as { task_id: string };
    expect(await ended(stack, task_id, token)).toMatchObject({
      state: "error",
      result: { error: { code: "engine", status: 404 } },
    });
  });

  test("R04: the engine is told who asks, and in which session", async () => {
    const before = stack.engine.requests.length;
    const { task_id } = (await (await send(stack, { input: CHAT }, token)).json()) as { task_id: string };
    await ended(stack, task_id, token);
    const direct = await stack.call("/api/tags", token);
    const headers = new Headers(pairs(stack.engine.requests[before]?.rawHeaders ?? []));
    expect(headers.get("x-attach-agent")).toBe("research-agent");
    expect(headers.get("x-attach-session")).toBe(direct.headers.get("x-attach-session-id"));
    expect(headers.get("authorization")).toBeNull();
  });

  test("follows a task by events until it has ended", async () => {
    const { task_id } = (await (await send(stack, { input: CHAT }, token)).json()) as { task_id: string };
    const response = await stack.call(`/a2a/tasks/${task_id}/events`, token);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const states = (await response.text())
      .split("\n\n")
      .filter((event) => event !== "")
      .map((event) => JSON.parse(event.split("\ndata: ")[1] ?? "") as TaskView);
    expect(states.at(-1)).toMatchObject({ state: "done" });
  });
});

describe("who may", () => {
  test("A03: nobody but its owner sees a task, asks after it or cancels it", async () => {
    const { task_id } = (await (await send(stack, { input: CHAT }, token)).json()) as { task_id: string };
    const bob = await stack.agentToken("bob", { scope: "chat:run" });
    for (const [path, method] of [
      [`/a2a/tasks/status/${task_id}`, "GET"],
      [`/tasks/status/${task_id}`, "GET"],
      [`/a2a/tasks/${task_id}/events`, "GET"],
      [`/a2a/tasks/${task_id}/cancel`, "POST"],
    ] as const) {
      const response = await stack.call(path, bob, { method });
      expect([path, response.status]).toEqual([path, 404]);
    }
    expect(await ended(stack, task_id, token)).toMatchObject({ state: "done" });
  });

  test("401 without a token, 403 without the scope, on every route", async () => {
    const reader = await stack.agentToken("alice", { scope: "a2a:read" });
    const sender = await stack.agentToken("alice", { scope: "a2a:send llm:read" });
    const { task_id } = (await (await send(stack, { input: CHAT }, token)).json()) as { task_id: string };
    for (const [path, method, wrong] of [
      ["/a2a/tasks/send", "POST", reader],
      ["/tasks/send", "POST", reader],
      ["/a2a/tasks/create", "POST", reader],
      [`/a2a/tasks/${task_id}/cancel`, "POST", reader],
      [`/a2a/tasks/status/${task_id}`, "GET", sender],
      [`/tasks/status/${task_id}`, "GET", sender],
      [`/a2a/tasks/${task_id}/events`, "GET", sender],
    ] as const) {
      const anonymous = await stack.call(path, undefined, { method });
      expect([path, anonymous.status]).toEqual([path, 401]);
      expect(anonymous.headers.get("www-authenticate")).toContain("resource_metadata");
      const refused = await stack.call(path, wrong, { method });
      expect([path, refused.status]).toEqual([path, 403]);
      expect(refused.headers.get("www-authenticate")).toContain("insufficient_scope");
    }
  });

  test("S05: a task is no way around the scope that asking the engine needs", async () => {
    const sender = await stack.agentToken("alice", { scope: "a2a:send" });
    const response = await send(stack, { input: CHAT }, sender);
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toContain('scope="llm:read"');
  });

  test("A04, S18: no address that is not registered is ever called", async () => {
    for (const target_url of [
      stack.engine.url,
      "http://169.254.169.254/latest/meta-data",
      "file:///etc/passwd",
      "agent://nobody",
      "agent://../..",
      "temporal://",
      "temporal://x?taskQueue=a&namespace=b",
      "TEMPORAL://x",
    ]) {
      const response = await send(stack, { input: CHAT, target_url }, token);
      expect([target_url, response.status]).toEqual([target_url, 400]);
    }
  });

  test.each([[{}], [[]], ["text"], [{ input: 7 }], [{ input: null }], [{ input: {}, target_url: 7 }]])(
    "refuses %j",
    async (body) => {
      expect((await send(stack, body, token)).status).toBe(400);
    },
  );
});
