import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Seen, startTestAuthority, type TestAuthority } from "../test/authority.ts";
import type { Agent } from "./agent.ts";
import { AttachClient } from "./client.ts";
import type { TaskState } from "./tasks.ts";

const ID = "0190f5b6-0000-7000-8000-000000000001";
const created = "2026-01-01T00:00:00.000Z";
const state = (name: string, result: unknown = null) => ({ state: name, result, created });
const event = (task: object) => `event: x\ndata: ${JSON.stringify(task)}\n\n`;

let authority: TestAuthority;
let agent: Agent;
let asked: Seen[];
let answer: (request: Seen, response: ServerResponse) => void;

beforeEach(async () => {
  authority = await startTestAuthority();
  asked = [];
  authority.onCall = (seen, response) => {
    asked.push(seen);
    answer(seen, response);
  };
  agent = new AttachClient("user.jwt.token", { gatewayUrl: authority.url }).agent("a", {
    scopes: ["a2a:send"],
  });
});
afterEach(() => authority.close());

const json =
  (body: object, status = 200) =>
  (_: Seen, response: ServerResponse) =>
    void response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
const stream = (response: ServerResponse) => response.writeHead(200, { "Content-Type": "text/event-stream" });
const all = async (states: AsyncIterable<TaskState>) => {
  const seen: string[] = [];
  for await (const one of states) seen.push(one.state);
  return seen;
};

describe("tasks", () => {
  test("are sent with their target, and known by their id", async () => {
    answer = json({ task_id: ID, state: "queued" }, 202);
    expect(await agent.tasks.send({ input: { messages: [] }, target: "agent://coder" })).toEqual({ id: ID });
    expect(await agent.tasks.send({ input: "hello" })).toEqual({ id: ID });
    expect(asked.map(({ method, url, body }) => [method, url, JSON.parse(body)])).toEqual([
      ["POST", "/a2a/tasks/send", { input: { messages: [] }, target_url: "agent://coder" }],
      ["POST", "/a2a/tasks/send", { input: "hello" }],
    ]);
  });

  test("are followed by each of their states, however the bytes are cut", async () => {
    answer = (_, response) => {
      stream(response);
      const text = event(state("queued")) + event(state("in_progress")) + event(state("done", { n: "é" }));
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
      response.end();
    };
    expect(await all(agent.tasks.stream(ID))).toEqual(["queued", "in_progress", "done"]);
    expect(await agent.tasks.wait(ID)).toEqual(state("done", { n: "é" }));
    expect(asked[0]?.url).toBe(`/a2a/tasks/${ID}/events`);
  });

  test("are followed on where the connection was lost, and each state is told once", async () => {
    answer = (_, response) => {
      stream(response);
      if (asked.length === 1) response.write(event(state("in_progress")), () => response.destroy());
      else response.end(event(state("in_progress")) + event(state("error", { error: { code: "x" } })));
    };
    expect(await all(agent.tasks.stream(ID))).toEqual(["in_progress", "error"]);
    expect(asked).toHaveLength(2);
  });

  test("are waited for no longer than was said, nor than the caller wants", async () => {
    answer = (_, response) => void stream(response).write(event(state("queued")));
    await expect(agent.tasks.wait(ID, { timeout: 50 })).rejects.toMatchObject({ code: "timeout" });
    const stop = new AbortController();
    const waiting = agent.tasks.wait(ID, { signal: stop.signal });
    const arrived = asked.length;
    await expect.poll(() => asked.length).toBeGreaterThan(arrived);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    const before = asked.length;
    await expect(agent.tasks.wait(ID, { signal: AbortSignal.abort(new Error("early")) })).rejects.toThrow(
      "early",
    );
    expect(asked).toHaveLength(before);
  });

  test("hangs up when the caller looks away", async () => {
    let left = false;
    answer = (_, response) => {
      response.once("close", () => (left = true));
      stream(response).write(event(state("queued")));
    };
    for await (const one of agent.tasks.stream(ID)) {
      expect(one.state).toBe("queued");
      break;
    }
    await expect.poll(() => left).toBe(true);
  });

  test("are read and canceled by their id", async () => {
    answer = json(state("error", { error: { code: "canceled" } }));
    expect((await agent.tasks.cancel(ID)).state).toBe("error");
    expect((await agent.tasks.get(ID)).state).toBe("error");
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST /a2a/tasks/${ID}/cancel`,
      `GET /a2a/tasks/status/${ID}`,
    ]);
  });

  test("throws the gateway's refusal by its code", async () => {
    answer = json({ code: "not_found", detail: "you have no such task", requestId: "r1" }, 404);
    for (const call of [agent.tasks.wait, agent.tasks.cancel, agent.tasks.get])
      await expect(call(ID)).rejects.toMatchObject({ code: "not_found", status: 404 });
    expect(asked).toHaveLength(3);
  });

  test.each([["/../admin"], [""], ["a b"], [7]])("takes %j for no id, and asks nothing", async (id) => {
    for (const call of [agent.tasks.wait, agent.tasks.cancel, agent.tasks.get])
      await expect(call(id as string)).rejects.toMatchObject({ code: "invalid_argument" });
    expect(asked).toEqual([]);
  });

  test.each([
    ["no JSON", (_: Seen, response: ServerResponse) => void response.end("<html>")],
    ["no state", json({ state: "odd" })],
    ["no stream", json(state("done"))],
  ])("refuses an answer that is %s", async (what, given) => {
    answer = given;
    const call = what === "no stream" ? agent.tasks.wait(ID) : agent.tasks.get(ID);
    await expect(call).rejects.toMatchObject({ code: "invalid_response" });
  });
});
