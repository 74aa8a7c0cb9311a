import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentServer, chainOf, claimsOf, type RegisteredAgent, startAgents } from "../support/agents.ts";
import { send } from "../support/tasks.ts";
import { exported } from "../support/trail.ts";

/** Takes connections and says nothing: a task of a workflow stays begun. Temporal itself is in temporal.test.ts. */
let silence: Server;
const sockets = new Set<Socket>();
let at: AgentServer;
let worker: RegisteredAgent;
let other: RegisteredAgent;

const stack = {
  call: (path: string, bearer?: string, init: RequestInit = {}) =>
    fetch(`${at.url}${path}`, {
      ...init,
      headers: { ...init.headers, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
    }),
};

beforeAll(async () => {
  silence = createServer((socket) => void sockets.add(socket.on("error", () => {})));
  silence.listen(0, "127.0.0.1");
  await once(silence, "listening");
  at = await startAgents({
    TEMPORAL_URL: `127.0.0.1:${(silence.address() as AddressInfo).port}`,
    TEMPORAL_WORKER: "workflow-worker",
    DRAIN_TIMEOUT: "1s",
  });
  worker = await at.register("workflow-worker", { scopes: ["llm:read"] });
  other = await at.register("another-worker", { scopes: ["llm:read"] });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  silence?.close();
  await at?.close();
});

const account = async (agent: RegisteredAgent): Promise<string> => {
  const form = new URLSearchParams({ grant_type: "client_credentials", ...agent.credential() } as never);
  return (await at.post("/oauth/token", form)).body["access_token"] as string;
};
const planner = (sub = "alice") =>
  at.issue({ subject_token: at.userToken({ sub }), client_id: "planner", scope: "chat:run" });
const workflow = async (token: string): Promise<string> => {
  const response = await send(stack, { input: {}, target_url: "temporal://Anything" }, token);
  return ((await response.json()) as { task_id: string }).task_id;
};
const ask = (id: string, token?: string) => stack.call(`/a2a/tasks/${id}/token`, token, { method: "POST" });

describe("A05: a token for a workflow's worker", () => {
  test("is for who asked for the task, by a chain that the worker has grown, and for the gateway", async () => {
    const token = await planner();
    const response = await ask(await workflow(token), await account(worker));
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { access_token, token_type, expires_in } = (await response.json()) as {
      access_token: string;
      token_type: string;
      expires_in: number;
    };
    expect(token_type).toBe("Bearer");
    expect(expires_in).toBeGreaterThan(0);
    expect(chainOf(access_token)).toEqual(["workflow-worker", "planner"]);
    const claims = claimsOf(access_token);
    expect(claims).toMatchObject({
      sub: "alice",
      aud: at.url,
      scope: "llm:read",
      agent_auth: "client_secret_basic",
    });
    expect([claims.sid, claims.root]).toEqual([claimsOf(token).sid, claimsOf(token).root]);
    expect((await stack.call("/api/tags", access_token)).status).toBe(200);
    // No wider than the worker's own record.
    expect((await send(stack, { input: "hello" }, access_token)).status).toBe(403);
  });

  test("S01: is nobody else's: no user's, no other account's, not the asking agent's, nor the worker's on behalf of a user", async () => {
    const token = await planner();
    const id = await workflow(token);
    expect((await ask(id)).status).toBe(401);
    const acting = await at.issue({ ...worker.credential() });
    for (const bearer of [token, at.userToken(), await account(other), acting])
      expect((await ask(id, bearer)).status).toBe(403);
    const named = at.userToken({ sub: "workflow-worker" });
    expect((await ask(id, named)).status).toBe(403);
  });

  test("is had for tasks of workflows alone, and for those that have not ended", async () => {
    const token = await planner();
    const own = await account(worker);
    const chat = await send(stack, { input: { model: "llama3.2", messages: [] } }, token);
    const { task_id } = (await chat.json()) as { task_id: string };
    const ended = await workflow(token);
    await stack.call(`/a2a/tasks/${ended}/cancel`, token, { method: "POST" });
    for (const id of [task_id, ended, "0190f5b6-0000-7000-8000-000000000000", "nonsense"])
      expect([id, (await ask(id, own)).status]).toEqual([id, 404]);
  });

  test("T05: is not had for an agent that was revoked", async () => {
    const token = await planner("bob");
    const id = await workflow(token);
    const { root } = claimsOf(token);
    expect((await at.manage("POST", "/attach/v1/revocations", { root })).status).toBeLessThan(300);
    const response = await ask(id, await account(worker));
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([403, "forbidden"]);
  });

  test("the trail has both: who asked, and what was issued", async () => {
    const id = await workflow(await planner());
    expect((await ask(id, await account(worker))).status).toBe(200);
    const rows = async () => (await exported(at.database)).filter(({ action }) => action !== "token.refuse");
    await expect
      .poll(async () => (await rows()).map(({ resource }) => resource), { timeout: 10_000 })
      .toContain(`POST /a2a/tasks/${id}/token`);
    expect((await rows()).map(({ action, chain }) => [action, ...chain])).toContainEqual([
      "token.issue",
      "workflow-worker",
      "planner",
    ]);
  });

  test("a suspended worker gets none", async () => {
    const id = await workflow(await planner());
    const own = await account(worker);
    await at.patch("workflow-worker", { status: "suspended" });
    expect((await ask(id, own)).status).toBeGreaterThanOrEqual(401);
  });
});
