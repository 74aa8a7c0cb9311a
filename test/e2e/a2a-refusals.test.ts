import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LEGACY, REST, RPC } from "../support/a2a-operations.ts";
import { type A2aStack, message, startA2a } from "../support/a2a-stack.ts";

let a2a: A2aStack;
let task: string;
beforeAll(async () => {
  a2a = await startA2a({ legacy: true });
  const { body } = await a2a.rpc("SendMessage", message("tck-input-required"));
  task = body.result?.task?.id ?? "";
});
afterAll(() => a2a?.close());

const noScope = () => a2a.agentToken("reader", {}, { scope: "llm:read" });
const other = (scope: string) =>
  a2a.agentToken("half", {}, { scope: scope === "a2a:send" ? "a2a:read" : "a2a:send" });

describe.each([
  ["JSON-RPC of 1.0", RPC],
  ["JSON-RPC of 0.3", LEGACY],
  ["HTTP+JSON", REST],
] as const)("%s", (_wire, operations) => {
  test.each(operations)(
    "A02: $name without a token is 401, and the agent hears nothing",
    async ({ call }) => {
      const before = a2a.agent.calls.length;
      const { status, headers, body } = await call(a2a, task, { token: null });
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toContain("resource_metadata=");
      expect(body.error ?? body).toBeDefined();
      expect(a2a.agent.calls).toHaveLength(before);
    },
  );

  test.each(operations)("A02: $name with a token for nothing of the kind is 403", async ({ call }) => {
    const { status, headers } = await call(a2a, task, { token: await noScope() });
    expect(status).toBe(403);
    expect(headers.get("www-authenticate")).toContain("insufficient_scope");
  });

  test.each(operations)(
    "A02: $name with the other scope is 403, and names $scope",
    async ({ call, scope }) => {
      const before = a2a.agent.calls.length;
      const { status, headers } = await call(a2a, task, { token: await other(scope) });
      expect(status).toBe(403);
      expect(headers.get("www-authenticate")).toContain(`scope="${scope}"`);
      expect(a2a.agent.calls).toHaveLength(before);
    },
  );
});

describe("the shape of a refusal", () => {
  test("is a JSON-RPC envelope with a code outside of JSON-RPC's own", async () => {
    const { body } = await a2a.rpc("GetTask", { id: task }, { token: await other("a2a:read") });
    expect(body).toMatchObject({ jsonrpc: "2.0", id: 7, error: { code: 403 } });
  });

  test("is a google.rpc.Status over HTTP+JSON", async () => {
    const { body } = await a2a.rest("GET", `/tasks/${task}`, undefined, { token: null });
    expect(body.error).toMatchObject({ code: 401, status: "UNAUTHENTICATED" });
  });

  test("a token that is for somebody else, and one that was revoked, are 401", async () => {
    const elsewhere = await a2a.agentToken("planner", {}, { resource: a2a.resource });
    expect((await a2a.rpc("GetTask", { id: task }, { token: elsewhere })).status).toBe(401);
    const token = await a2a.agentToken("planner");
    await a2a.at.post("/oauth/revoke", new URLSearchParams({ token, client_id: "planner" }));
    expect((await a2a.rpc("GetTask", { id: task }, { token })).status).toBe(401);
  });

  test("an unknown agent, and a suspended one, are not found", async () => {
    const ask = (id: string) =>
      fetch(`${a2a.at.url}/a2a/agents/${id}/rpc`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${a2a.at.userToken()}` },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "GetTask", params: { id: task } }),
      });
    expect((await ask("nobody")).status).toBe(404);
    await a2a.at.register("away", {
      endpoint: { url: a2a.agent.url, protocol: "a2a", resource: `${a2a.agent.url}/` },
    });
    await a2a.at.patch("away", { status: "suspended" });
    expect((await ask("away")).status).toBe(404);
  });

  test.each([
    ["no JSON", "{", -32700],
    [
      "a member named twice",
      '{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"a","id":"b"}}',
      -32700,
    ],
    ["a batch", "[]", -32600],
    ["another version of JSON-RPC", '{"jsonrpc":"1.0","id":1,"method":"GetTask"}', -32600],
    ["an unknown method", '{"jsonrpc":"2.0","id":1,"method":"tasks/steal"}', -32601],
    ["params that are a list", '{"jsonrpc":"2.0","id":1,"method":"GetTask","params":["x"]}', -32602],
    ["no id of a task", '{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{}}', -32602],
  ])("%s is refused as such", async (_what, body, code) => {
    const response = await fetch(`${a2a.base}/rpc`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${a2a.at.userToken()}` },
      body,
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  test("a call that says another version than it is of is refused", async () => {
    const wrong = { headers: { "a2a-version": "0.3" } };
    expect((await a2a.rpc("GetTask", { id: task }, wrong)).body.error?.code).toBe(-32009);
    const future = { headers: { "a2a-version": "9.9" } };
    expect((await a2a.rpc("tasks/get", { id: task }, future)).body.error?.code).toBe(-32009);
    expect((await a2a.rest("GET", `/tasks/${task}`, undefined, future)).status).toBe(400);
  });

  test("a tenant that the agent's card does not name is refused", async () => {
    const { body } = await a2a.rpc("GetTask", { id: task, tenant: "acme" });
    expect(body.error?.code).toBe(-32602);
    expect((await a2a.rest("GET", `/acme/tasks/${task}`)).status).toBe(404);
  });
});
