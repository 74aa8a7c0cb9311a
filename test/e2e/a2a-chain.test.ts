import { DatabaseSync } from "node:sqlite";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ReferenceAgent, startReferenceAgent } from "../support/a2a-agent.ts";
import { message } from "../support/a2a-stack.ts";
import {
  type AgentServer,
  chainOf,
  claimsOf,
  type RegisteredAgent,
  startAgents,
  tokenOf,
} from "../support/agents.ts";

let agent: ReferenceAgent;
let at: AgentServer;
let coder: RegisteredAgent;
beforeAll(async () => {
  agent = await startReferenceAgent();
  at = await startAgents({ OUTBOUND_ALLOW: "127.0.0.1" });
  const endpoint = { url: agent.url, protocol: "a2a", resource: `${agent.url}/` };
  coder = await at.register("coder", { endpoint, scopes: ["llm:read", "a2a:read"] });
});
afterAll(async () => {
  await at?.close();
  await agent?.close();
});

const send = (token: string, id = "coder") =>
  fetch(`${at.url}/a2a/agents/${id}/rpc`, {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0", authorization: `Bearer ${token}` },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "SendMessage",
      params: message("tck-complete-task"),
    }),
  });

const handed = () => agent.calls.at(-1)?.authorization?.slice(7) ?? "";

interface Row {
  readonly action: string;
  readonly reason: string;
  readonly chain: string;
  readonly root: string;
  readonly sid: string;
  readonly resource: string;
}

/** Rows of the trail, once what waits has been written. */
async function rows(count: number, action: string): Promise<readonly Row[]> {
  for (let tries = 0; ; tries++) {
    const db = new DatabaseSync(at.database, { readOnly: true });
    const found = db.prepare("select * from audit_events where action = ? order by seq").all(action);
    db.close();
    if (found.length >= count || tries > 100) return found as unknown as Row[];
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

test("A04: planner → coder → engine is one chain under one session, and the trail shows it", async () => {
  const planner = await at.issue({ client_id: "planner" });
  expect((await send(planner)).status).toBe(200);
  const token = handed();
  expect(chainOf(token)).toEqual(["coder", "planner"]);
  expect(claimsOf(token).scope.split(" ").sort()).toEqual(["a2a:read", "llm:read"]);

  // To the agent alone: at the gateway it opens nothing until the agent shows that it is itself.
  expect(await at.call(token)).toBe(401);
  const { dlg } = claimsOf(token);
  const renewal = { subject_token: token, delegation: dlg, scope: "llm:read" };
  expect((await at.exchange({ ...renewal, client_id: "coder" })).status).toBe(401);
  const own = tokenOf(await at.exchange({ ...renewal, ...coder.credential() }));
  expect(await at.call(own)).toBe(200);
  expect(chainOf(own)).toEqual(["coder", "planner"]);

  const { root, sid } = claimsOf(planner);
  expect(claimsOf(own)).toMatchObject({ root, sid });
  const [call, engine] = await rows(2, "request.allow");
  expect(call).toMatchObject({ chain: '["planner"]', root, sid, resource: "POST /a2a/agents/coder/rpc" });
  expect(call?.reason).toMatch(/^200 scope=a2a:send op=SendMessage task=\S+ state=TASK_STATE_COMPLETED$/);
  expect(call?.reason).not.toContain("hello");
  expect(engine).toMatchObject({ chain: '["coder","planner"]', root, sid });
});

test("A04: one token serves a caller's calls to one agent, and dies with what it stands on", async () => {
  const planner = await at.issue({ client_id: "planner" });
  await send(planner);
  const first = handed();
  await send(planner);
  expect(handed()).toBe(first);
  await at.post("/oauth/revoke", new URLSearchParams({ token: planner, client_id: "planner" }));
  expect((await send(planner)).status).toBe(401);
  const { dlg } = claimsOf(first);
  const after = await at.exchange({ subject_token: first, delegation: dlg, ...coder.credential() });
  expect(after.status).toBe(400);
});

test("A04: a token for the gateway itself is what an agent gets that calls back through it", async () => {
  const endpoint = { url: agent.url, protocol: "a2a", resource: at.url };
  const made = await at.manage("POST", "/attach/v1/agents", { id: "back", endpoint });
  expect(made.status).toBe(201);
  await send(await at.issue({ client_id: "planner" }), "back");
  expect(decodeJwt(handed()).aud).toBe(at.url);
  expect(await at.call(handed())).toBe(200);
});

test("T04: no agent is called by itself, and no chain grows deeper than it may", async () => {
  const ours = await at.exchange({ ...coder.credential(), scope: "a2a:read" });
  expect((await send(tokenOf(ours))).status).toBe(403);
  const two = await at.pull(await at.issue({ client_id: "a" }), "b");
  const three = await at.pull(tokenOf(two), "c");
  const response = await send(tokenOf(three));
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: 403 } });
});
