import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ LOG_LEVEL: "trace" });
});
afterAll(() => stack.stop());

describe("O04 health", () => {
  test("is alive and ready, in public, without details", async () => {
    const alive = await stack.call("/healthz");
    expect([alive.status, await alive.json()]).toEqual([200, { status: "ok" }]);
    const ready = await stack.call("/readyz");
    const { status, checks } = (await ready.json()) as { status: string; checks: Record<string, string> };
    expect([ready.status, status]).toEqual([200, "ok"]);
    expect(checks).toMatchObject({
      store: "ok",
      audit: "ok",
      issuers: "ok",
      revocations: "ok",
      upstreams: "ok",
    });
    expect(Object.values(checks).filter((word) => word !== "ok")).toEqual([]);
  });
});

describe("O04 logs", () => {
  test("are JSON lines with the request's id and hold no secret, whatever was sent", async () => {
    const user = await stack.userToken("alice");
    const agent = await stack.agentToken("alice");
    await stack.call("/api/chat", agent, { method: "POST", body: '{"model":"llama3.2","messages":[]}' });
    await stack.call(`/nowhere?access_token=${agent}&key=pl4nted`, agent);
    await stack.call("/api/tags", `${agent.slice(0, -4)}AAAA`);
    await stack.call(`/${agent}`, user);
    await stack.exchange({
      subject_token: `${user}x`,
      client_id: "research-agent",
      client_secret: "pl4nted",
    });
    await stack.exchange({ subject_token: agent, client_id: "research-agent" });
    const refused = await stack.call("/api/pull", agent, { method: "POST", body: "{}" });
    const id = refused.headers.get("x-request-id") ?? "";

    await expect.poll(() => stack.gateway.output(), { timeout: 5000 }).toContain(id);
    const output = stack.gateway.output();
    for (const token of [user, agent]) {
      for (const part of token.split(".")) expect(output).not.toContain(part);
    }
    expect(output).not.toContain("pl4nted");
    const line = output.split("\n").find((text) => text.includes(id)) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      level: "info",
      requestId: id,
      status: 403,
      code: "insufficient_scope",
    });
  });
});

describe("O04 requests", () => {
  test("are named in every answer, the gateway's own and the engine's", async () => {
    const user = await stack.userToken("alice");
    const own = ["/healthz", "/readyz", "/auth/config", "/.well-known/jwks.json", "/attach/v1/openapi.json"];
    const ids = new Set<string | null>();
    const paths = [...own, "/oauth/token", "/attach/v1/agents", "/attach/v1/audit", "/metrics", "/api/tags"];
    for (const path of paths) {
      const answer = await stack.call(path, user);
      await answer.body?.cancel();
      ids.add(answer.headers.get("x-request-id"));
    }
    expect(ids).not.toContain(null);
    expect(ids.size).toBe(paths.length);
  });
});

describe("I08 log-in configuration", () => {
  test("tells a page where to log in", async () => {
    const response = await stack.call("/auth/config");
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ issuer: stack.issuer.issuer, audience: stack.publicUrl });
  });
});

describe("paths that are ours", () => {
  test.each(["/attach/v1/unheard-of", "/mcp/files", "/upstreams/x/api/tags", "/oauth/authorize"])(
    "%s never falls through to the engine",
    async (path) => {
      const token = await stack.userToken("alice");
      const before = stack.engine.requests.length;
      expect((await stack.call(path, token)).status).toBe(404);
      expect((await stack.call(path, token, { method: "POST", body: "{}" })).status).toBe(404);
      expect(stack.engine.requests.length).toBe(before);
    },
  );

  test("/v1/logs never falls through to the engine, by no method", async () => {
    const token = await stack.userToken("alice");
    const before = stack.engine.requests.length;
    expect((await stack.call("/v1/logs", token)).status).toBe(405);
    expect((await stack.call("/v1/logs", token, { method: "PUT", body: "{}" })).status).toBe(405);
    expect(stack.engine.requests.length).toBe(before);
  });
});
