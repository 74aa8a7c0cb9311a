import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { type DemoEngine, startDemoEngine } from "@attach-dev/demo-engine";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { AttachClient, type AttachClientOptions, type AttachEvents, readError } from "@attach-dev/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

const QUICKSTART = resolve(import.meta.dirname, "../../examples/quickstart/agent.ts");
const CHAT = JSON.stringify({ model: "llama3.2", messages: [{ role: "user", content: "Hello" }] });
const READ = { agentId: "research-agent", scopes: ["llm:read"] };

let issuer: DevIssuer;
let engine: DemoEngine;
let gateway: GatewayProcess;
let alice: string;

beforeAll(async () => {
  const port = await freePort();
  [issuer, engine] = await Promise.all([
    startDevIssuer({ audience: `http://localhost:${port}` }),
    startDemoEngine(),
  ]);
  gateway = await startGateway({ port, env: { OIDC_ISSUER: issuer.issuer, ENGINE_URL: engine.url } });
  alice = (await logIn({ issuer: issuer.issuer, user: "alice" })).accessToken;
});

afterAll(async () => {
  await gateway?.stop();
  await Promise.all([issuer?.close(), engine?.close()]);
});

/** The SDK's clock, apart from the gateway's: a token's 80 % come when the test says so. */
const timing = { ahead: 0, now: () => Date.now() + timing.ahead, random: () => 0.5 };
beforeEach(() => {
  timing.ahead = 0;
});

function connect(
  options: AttachClientOptions = {},
  user: ConstructorParameters<typeof AttachClient>[0] = alice,
) {
  const attach = new AttachClient(user, { gatewayUrl: gateway.url, timing, ...options });
  const events: AttachEvents[keyof AttachEvents][] = [];
  for (const name of ["issued", "renewed", "revoked", "refused"] as const)
    attach.on(name, (e) => events.push(e));
  return { attach, events, seen: () => events.map(({ type }) => type) };
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

const direct = (path: string, token: string) =>
  fetch(`${gateway.url}${path}`, { headers: { Authorization: `Bearer ${token}` } });

describe("T01: an agent gets a token of its own by the SDK, and works with it", () => {
  test("T01: getAgentToken gives a scoped token that names the user and the agent", async () => {
    const { attach, seen } = connect();
    const token = await attach.getAgentToken({
      agentId: "research-agent",
      scopes: ["llm:read", "memory:write"],
    });
    expect(claimsOf(token)).toMatchObject({
      sub: "alice",
      sub_id: { format: "iss_sub", iss: issuer.issuer, sub: "alice" },
      aud: `http://localhost:${gateway.port}`,
      client_id: "research-agent",
      act: { sub: "research-agent" },
      scope: "llm:read memory:write",
    });
    expect((await direct("/api/tags", token)).status).toBe(200);
    expect(seen()).toEqual(["issued"]);
  });

  test("T01: a hundred that ask at once get one token", async () => {
    const { attach, seen } = connect();
    const tokens = await Promise.all(Array.from({ length: 100 }, () => attach.getAgentToken(READ)));
    expect(new Set(tokens).size).toBe(1);
    expect(seen()).toEqual(["issued"]);
  });

  test("T01: agent.fetch streams a chat; the engine sees who asks, and no token", async () => {
    const { attach } = connect();
    const agent = attach.agent("research-agent", READ);
    const response = await agent.fetch("/api/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: CHAT,
    });
    expect(response.status).toBe(200);
    const lines = (await response.text()).trim().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ done: true });
    const headers = engine.requests.findLast(({ path }) => path === "/api/chat")?.rawHeaders ?? [];
    expect(headers.join("\n")).toMatch(/x-attach-user\nalice/i);
    expect(headers.join("\n")).toMatch(/x-attach-agent\nresearch-agent/i);
    expect(headers.join("\n")).not.toContain((await agent.token()).slice(-20));
    expect(headers.join("\n")).not.toMatch(/authorization/i);
  });

  test("T01: an over-ask is refused with its reason, and a call beyond the scopes too, in each dialect", async () => {
    const { attach, events } = connect();
    await expect(attach.getAgentToken({ ...READ, scopes: ["llm:admin"] })).rejects.toMatchObject({
      code: "invalid_scope",
      status: 400,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      message: expect.stringContaining("llm:admin"),
    });
    const agent = attach.agent("research-agent", READ);
    for (const [path, scope] of [
      ["/api/pull", "llm:admin"],
      ["/v1/files", "llm:admin"],
      ["/somewhere/else", "engine:any"],
    ] as const) {
      const error = await readError(await agent.fetch(path, { method: "POST", body: "{}" }));
      expect(error, path).toMatchObject({
        code: "insufficient_scope",
        status: 403,
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        challenge: { error: "insufficient_scope", scopes: [scope] },
      });
    }
    expect(events.filter(({ type }) => type === "refused")).toHaveLength(4);
  });

  test("T01: a user's token that is none is refused with its reason", async () => {
    const { attach } = connect({}, "not.a.token");
    await expect(attach.getAgentToken(READ)).rejects.toMatchObject({
      code: "invalid_request",
      status: 400,
      message: expect.stringContaining("subject_token"),
    });
  });

  test("T01: the quickstart runs and checks itself", async () => {
    const child = spawn(process.execPath, [QUICKSTART], {
      env: { PATH: process.env["PATH"] ?? "", USER_TOKEN: alice, ATTACH_GATEWAY_URL: gateway.url },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const [code] = await once(child, "close");
    expect(output).toContain("revoked: the agent is done");
    expect(code, output).toBe(0);
  });
});

describe("T07: a workflow longer than one token", () => {
  test("T07: goes on in the same delegation and session, with a fresh token of the user's", async () => {
    const user = vi.fn(async () => (await logIn({ issuer: issuer.issuer, user: "alice" })).accessToken);
    const { attach, seen } = connect({}, user);
    const agent = attach.agent("research-agent", READ);
    const first = await agent.token();
    const { sid, dlg, root, act } = claimsOf(first);
    let current = first;
    for (let renewals = 1; renewals <= 3; renewals++) {
      timing.ahead += 250_000;
      expect((await agent.fetch("/api/tags")).status, "the old one serves meanwhile").toBe(200);
      await vi.waitFor(async () => expect(await agent.token()).not.toBe(current));
      current = await agent.token();
      expect(claimsOf(current)).toMatchObject({ sid, dlg, root, act, anc: [] });
      expect(user).toHaveBeenCalledTimes(1 + renewals);
    }
    expect(seen()).toEqual(["issued", "renewed", "renewed", "renewed"]);
    await agent.revoke();
    for (const token of [first, current]) expect((await direct("/api/tags", token)).status).toBe(401);
  });

  test("T07: is refused another user's token for the renewal", async () => {
    let user = "alice";
    const { attach } = connect({}, async () => (await logIn({ issuer: issuer.issuer, user })).accessToken);
    const agent = attach.agent("research-agent", READ);
    await agent.token();
    user = "bob";
    timing.ahead = 400_000;
    await expect(agent.token()).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("the delegation of research-agent was not renewed"),
    });
  });

  test("T07: ends clearly where the gateway's SESSION_MAX ends it, and another can begin", async () => {
    const port = await freePort();
    const audience = `http://localhost:${port}`;
    const env = {
      OIDC_ISSUER: issuer.issuer,
      OIDC_AUD: `http://localhost:${gateway.port}`,
      SESSION_MAX: "1s",
    };
    const brief = await startGateway({ port, env: { ...env, PUBLIC_URL: audience, ENGINE_URL: engine.url } });
    try {
      const { attach, events } = connect({ gatewayUrl: brief.url });
      const agent = attach.agent("research-agent", READ);
      await agent.token();
      await vi.waitFor(
        async () => {
          timing.ahead += 400_000;
          await expect(agent.token()).rejects.toMatchObject({
            status: 400,
            message: expect.stringMatching(/was not renewed: .*session/),
          });
        },
        { timeout: 10_000, interval: 200 },
      );
      expect(events.at(-1)).toMatchObject({
        type: "refused",
        operation: "renewal",
        agentId: "research-agent",
      });
      await attach.agent("research-agent", READ).token();
    } finally {
      await brief.stop();
    }
  });
});

describe("revocation", () => {
  test("by the agent itself is at once, and its own only", async () => {
    const { attach, seen } = connect();
    const [one, other] = [attach.agent("research-agent", READ), attach.agent("research-agent", READ)];
    const token = await one.token();
    expect((await other.fetch("/api/tags")).status).toBe(200);
    await one.revoke();
    expect((await direct("/api/tags", token)).status).toBe(401);
    await expect(one.fetch("/api/tags")).rejects.toMatchObject({ code: "agent_revoked" });
    expect((await other.fetch("/api/tags")).status).toBe(200);
    expect(seen()).toEqual(["issued", "issued", "revoked"]);
  });

  test("by somebody else is final: the SDK does not bring the agent back by a fresh exchange", async () => {
    const { attach, events } = connect();
    const agent = attach.agent("research-agent", READ);
    const token = await agent.token();
    const form = new URLSearchParams({ token, client_id: "research-agent" });
    expect((await fetch(`${gateway.url}/oauth/revoke`, { method: "POST", body: form })).status).toBe(200);
    const response = await agent.fetch("/api/tags");
    expect(response.status).toBe(401);
    expect(await readError(response)).toMatchObject({ code: "invalid_token" });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "refused",
        operation: "renewal",
        error: expect.objectContaining({ message: expect.stringContaining("revoked") }),
      }),
    );
    timing.ahead = 400_000;
    await expect(agent.token()).rejects.toMatchObject({ status: 400 });
  });
});
