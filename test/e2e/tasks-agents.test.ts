import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type A2aStack, startA2a } from "../support/a2a-stack.ts";
import { chainOf } from "../support/agents.ts";
import { ended, send, type TaskView } from "../support/tasks.ts";
import { exported } from "../support/trail.ts";

/** An agent that takes one JSON request, and says what it was asked. */
async function startPlainAgent() {
  const asked: { headers: IncomingHttpHeaders; input: unknown }[] = [];
  let hangUps = 0;
  const server = createServer((request, response) => {
    let text = "";
    response.once("close", () => {
      if (!response.writableFinished) hangUps++;
    });
    request.on("data", (piece) => (text += piece));
    request.on("end", () => {
      if (request.method === "GET") return response.writeHead(404).end();
      const input = JSON.parse(text) as { do?: string };
      asked.push({ headers: request.headers, input });
      if (input.do === "hang") return;
      if (input.do === "fail") response.writeHead(422).end('{"why":"no"}');
      else if (input.do === "leave") response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
      else if (input.do === "flood") response.end("x".repeat(17 * 1024 * 1024));
      else response.end(JSON.stringify({ heard: input }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/work`,
    asked,
    hangUps: () => hangUps,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

let a2a: A2aStack;
let legacy: A2aStack;
let plain: Awaited<ReturnType<typeof startPlainAgent>>;
let token: string;

const on = ({ at }: A2aStack) => ({
  call: (path: string, bearer?: string, init: RequestInit = {}) =>
    fetch(`${at.url}${path}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${bearer}` } }),
});
const start = async (stack: A2aStack, body: object, bearer = token): Promise<string> => {
  const response = await send(on(stack), body, bearer);
  expect(response.status).toBe(202);
  return ((await response.json()) as { task_id: string }).task_id;
};
const run = async (body: object, bearer = token): Promise<TaskView> =>
  ended(on(a2a), await start(a2a, body, bearer), bearer);

beforeAll(async () => {
  plain = await startPlainAgent();
  a2a = await startA2a({ workMs: 600 });
  legacy = await startA2a({ legacy: true, legacyCard: true });
  await a2a.at.register("plain", { endpoint: { url: plain.url, protocol: "http", resource: plain.url } });
  token = await a2a.agentToken("planner");
});
afterAll(async () => {
  await a2a?.close();
  await legacy?.close();
  plain?.close();
});

describe("A04: a task for an agent that takes plain HTTP", () => {
  test.each(["agent://plain", "its exact address"])("goes to %s with a token made for it", async (name) => {
    const target_url = name.startsWith("agent:") ? name : plain.url;
    const task = await run({ input: { question: 7 }, target_url });
    expect(task).toMatchObject({ state: "done", result: { heard: { question: 7 } } });
    const headers: IncomingHttpHeaders = plain.asked.at(-1)?.headers ?? {};
    const handed = headers.authorization?.replace("Bearer ", "") ?? "";
    expect(handed).not.toBe(token);
    expect(chainOf(handed)).toEqual(["plain", "planner"]);
    expect(decodeJwt(handed)).toMatchObject({ aud: plain.url, sub: "alice", root: decodeJwt(token)["root"] });
    expect(headers).toMatchObject({ "x-attach-user": "alice", "x-attach-agent": "planner" });
  });

  test("tells the agent's own refusal, and names no address where there is none to be had", async () => {
    expect(await run({ input: { do: "fail" }, target_url: "agent://plain" })).toMatchObject({
      state: "error",
      result: { error: { code: "agent", status: 422, answer: { why: "no" } } },
    });
    await a2a.at.register("gone", {
      endpoint: { url: "http://127.0.0.1:1/", protocol: "http", resource: "urn:gone" },
    });
    const { state, result } = await run({ input: {}, target_url: "agent://gone" });
    expect(state).toBe("error");
    expect(JSON.stringify(result)).toContain("upstream_unreachable");
    expect(JSON.stringify(result)).not.toContain("127.0.0.1");
  });

  test.each(["leave", "flood"])("S18: an agent that does “%s” is an error", async (what) => {
    expect(await run({ input: { do: what }, target_url: "agent://plain" })).toMatchObject({
      state: "error",
      result: { error: { code: "upstream_invalid_response" } },
    });
  });

  test("S18: an address of this machine's network that nobody allowed is not called", async () => {
    const strict = await startA2a({ env: { OUTBOUND_ALLOW: "" } });
    try {
      await strict.at.register("inner", {
        endpoint: { url: plain.url, protocol: "http", resource: plain.url },
      });
      const before = plain.asked.length;
      const id = await start(
        strict,
        { input: {}, target_url: "agent://inner" },
        await strict.agentToken("planner"),
      );
      const task = await ended(on(strict), id, await strict.agentToken("planner"));
      expect(task.state).toBe("error");
      expect(plain.asked).toHaveLength(before);
    } finally {
      await strict.close();
    }
  });

  test("ends with a revocation, and when its owner cancels it", async () => {
    const doomed = await a2a.agentToken("planner");
    const revoked = await start(a2a, { input: { do: "hang" }, target_url: "agent://plain" }, doomed);
    const canceled = await start(a2a, { input: { do: "hang" }, target_url: "agent://plain" });
    await expect
      .poll(() => plain.asked.filter(({ input }) => (input as { do?: string }).do === "hang"))
      .toHaveLength(2);
    const { root } = decodeJwt<{ root: string }>(doomed);
    expect((await a2a.at.manage("POST", "/attach/v1/revocations", { root })).status).toBeLessThan(300);
    expect(await ended(on(a2a), revoked, token)).toMatchObject({ result: { error: { code: "revoked" } } });
    await on(a2a).call(`/a2a/tasks/${canceled}/cancel`, token, { method: "POST" });
    await expect.poll(plain.hangUps).toBe(2);
  });

  test("the trail names the call by its task", async () => {
    const id = await start(a2a, { input: {}, target_url: "agent://plain" });
    await ended(on(a2a), id, token);
    await expect
      .poll(async () => (await exported(a2a.at.database)).filter(({ requestId }) => requestId === id), {
        timeout: 10_000,
      })
      .toContainEqual(
        expect.objectContaining({
          action: "request.allow",
          resource: "POST agent://plain",
          chain: ["planner"],
          reason: `200 scope=a2a:send task=${id}`,
        }),
      );
  });
});

describe("A01, A02: a task for an agent that speaks A2A", () => {
  const input = (text: string) => ({ input: text, target_url: "agent://coder" });

  test("is a message by the gateway's own route, and what the agent made is its result", async () => {
    const task = await run(input("hello"));
    expect(task).toMatchObject({ state: "done", result: { text: "Hello from TCK" } });
    const handed = a2a.agent.calls.at(-1)?.authorization?.replace("Bearer ", "") ?? "";
    expect(chainOf(handed)).toEqual(["coder", "planner"]);
    expect(decodeJwt(handed).aud).toBe(a2a.resource);
    const { task: id } = task.result as { task: string };
    const read = await a2a.rpc("GetTask", { id }, { token });
    expect(read.body.result).toMatchObject({ id, status: { state: "TASK_STATE_COMPLETED" } });
    const bob = a2a.at.userToken({ sub: "bob" });
    expect((await a2a.rpc("GetTask", { id }, { token: bob })).body.error?.code).toBe(-32001);
  });

  test("speaks 0.3 with an agent that speaks nothing else, and says that it asks for more", async () => {
    const bearer = await legacy.agentToken("planner");
    const task = await ended(on(legacy), await start(legacy, input("hello"), bearer), bearer);
    expect(task).toMatchObject({
      state: "error",
      result: { error: { code: "input_required", task: expect.any(String) } },
    });
  });

  test("follows an agent's task to its end, and cancels it with its owner", async () => {
    const id = await start(a2a, input("slow"));
    expect(await ended(on(a2a), id, token)).toMatchObject({ state: "done", result: { text: "" } });
    const doomed = await start(a2a, input("slow"));
    const before = a2a.agent.calls.length;
    // The card is read, the message sent, and its task asked after.
    await expect.poll(() => a2a.agent.calls.length).toBeGreaterThan(before + 1);
    const canceled = await on(a2a).call(`/a2a/tasks/${doomed}/cancel`, token, { method: "POST" });
    expect(await canceled.json()).toMatchObject({ state: "error", result: { error: { code: "canceled" } } });
    const all = async () => JSON.stringify((await a2a.rpc("ListTasks", {}, { token })).body);
    await expect.poll(all).toContain("TASK_STATE_CANCELED");
  });

  test("S05: whoever may not read the agent's tasks gets what is answered at once, and nothing more", async () => {
    const sender = await a2a.agentToken("planner", {}, { scope: "a2a:send" });
    const id = await start(a2a, input("slow"), sender);
    expect(await ended(on(a2a), id, token)).toMatchObject({ state: "done" });
  });

  test("an address that shows no card is an error", async () => {
    await a2a.at.register("cardless", {
      endpoint: { url: plain.url, protocol: "a2a", resource: "urn:cardless" },
    });
    expect(await run({ input: "hello", target_url: "agent://cardless" })).toMatchObject({
      state: "error",
      result: { error: { code: "agent" } },
    });
  });

  test("a suspended agent gets nothing", async () => {
    await a2a.at.register("idle", { endpoint: { url: plain.url, protocol: "http", resource: plain.url } });
    await a2a.at.patch("idle", { status: "suspended" });
    expect((await send(on(a2a), { input: {}, target_url: "agent://idle" }, token)).status).toBe(400);
  });
});
