import { SendMessageRequest, type Task, TaskState } from "@a2a-js/sdk";
import {
  ClientFactory,
  createAuthenticatingFetchWithRetry,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from "@a2a-js/sdk/client";
import { AttachClient } from "@attach-dev/sdk";
import { a2aAccess } from "@attach-dev/sdk/a2a";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type A2aStack, message, startA2a } from "../support/a2a-stack.ts";
import { chainOf } from "../support/agents.ts";

let a2a: A2aStack;
beforeAll(async () => {
  a2a = await startA2a({ workMs: 500 });
});
afterAll(() => a2a?.close());

const handed = () => a2a.agent.calls.at(-1)?.authorization?.replace("Bearer ", "") ?? "";

describe("agent.tasks", () => {
  const scopes = ["llm:read", "a2a:send", "a2a:read"];
  const agent = () =>
    new AttachClient(a2a.at.userToken(), { gatewayUrl: a2a.at.url }).agent("planner", { scopes });
  const input = { model: "llama3.2", messages: [{ role: "user", content: "hello" }] };

  test("A01: a task for the engine is sent, waited for and read", async () => {
    const { tasks } = agent();
    const { id } = await tasks.send({ input });
    const { state, result } = await tasks.wait(id);
    expect([state, result]).toEqual(["done", expect.objectContaining({ model: "llama3.2" })]);
    expect(await tasks.get(id)).toMatchObject({ state: "done" });
  });

  test("A01: a task for an agent is followed by its states, and canceled", async () => {
    const { tasks } = agent();
    const { id } = await tasks.send({ input: "slow", target: "agent://coder" });
    const states: string[] = [];
    for await (const { state } of tasks.stream(id)) states.push(state);
    expect(states.at(-1)).toBe("done");
    expect(states).toContain("in_progress");
    const { id: doomed } = await tasks.send({ input: "slow", target: "agent://coder" });
    expect(await tasks.cancel(doomed)).toMatchObject({
      state: "error",
      result: { error: { code: "canceled" } },
    });
  });

  test("says what stands in the way by its code", async () => {
    const { tasks } = agent();
    await expect(tasks.send({ input: {}, target: "http://169.254.169.254/" })).rejects.toMatchObject({
      code: "bad_request",
    });
    await expect(tasks.wait("0190f5b6-0000-7000-8000-000000000000")).rejects.toMatchObject({
      code: "not_found",
    });
    const reader = new AttachClient(a2a.at.userToken(), { gatewayUrl: a2a.at.url }).agent("reader", {
      scopes: ["a2a:read"],
    });
    await expect(reader.tasks.send({ input })).rejects.toMatchObject({ code: "insufficient_scope" });
  });
});

describe.each(["JSONRPC", "HTTP+JSON"] as const)("a2a-js's own client over %s", (binding) => {
  const clientWith = (fetchImpl: typeof fetch) =>
    new ClientFactory({
      transports: [new JsonRpcTransportFactory({ fetchImpl }), new RestTransportFactory({ fetchImpl })],
      preferredTransports: [binding],
      cardResolver: new DefaultAgentCardResolver({}),
    }).createFromUrl(`${a2a.base}/`);
  const access = () => a2aAccess(`${a2a.base}/`, { userToken: a2a.at.userToken(), agentId: "planner" });
  const request = (kind: string) => SendMessageRequest.fromJSON(message(kind));

  test.each([
    ["fetch", () => access().fetch],
    [
      "AuthenticationHandler",
      () => createAuthenticatingFetchWithRetry(fetch, access().authenticationHandler),
    ],
  ])("A02: is let in by the card alone, with our %s", async (_, fetchOf) => {
    const client = await clientWith(fetchOf());
    const done = (await client.sendMessage(request("tck-artifact-text"))) as Task;
    expect(done.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(chainOf(handed())).toEqual(["coder", "planner"]);
    expect((await client.getTask({ tenant: "", id: done.id })).id).toBe(done.id);
    const kinds: string[] = [];
    for await (const { payload } of client.sendMessageStream(request("tck-stream-001")))
      kinds.push(payload?.$case ?? "");
    expect(kinds).toEqual(["task", "statusUpdate", "artifactUpdate", "statusUpdate"]);
  });

  test("A02: asks for what the card names, and comes back after a 401", async () => {
    const { agent, fetch: theirs } = access();
    expect((await agent()).scopes).toEqual(["a2a:send", "a2a:read"]);
    const client = await clientWith(theirs);
    await client.sendMessage(request("tck-complete-task"));
    const { root } = JSON.parse(atob((await (await agent()).token()).split(".")[1] ?? "")) as {
      root: string;
    };
    await a2a.at.manage("POST", "/attach/v1/revocations", { root });
    // The revoked delegation is not renewed: the refusal is told, and nothing else is tried.
    await expect(client.sendMessage(request("tck-complete-task"))).rejects.toThrow();
  });
});
