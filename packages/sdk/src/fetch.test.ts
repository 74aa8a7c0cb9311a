import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { challenge, sendJson, startTestAuthority, type TestAuthority } from "../test/authority.ts";
import type { Agent } from "./agent.ts";
import { AttachClient } from "./client.ts";

let authority: TestAuthority;
let attach: AttachClient;
let agent: Agent;

beforeEach(async () => {
  authority = await startTestAuthority();
  attach = new AttachClient("user.jwt.token", { gatewayUrl: authority.url });
  agent = attach.agent("research-agent", { scopes: ["llm:read"] });
});
afterEach(() => authority.close());

/** Refuses the token of the first call, and every later one that is not live. */
function refuseFirst(): void {
  authority.onCall = (seen, response) => {
    if (authority.calls.length === 1) return challenge(response);
    sendJson(response, 200, { body: seen.body });
  };
}

describe("a call", () => {
  test("carries the agent's token, whichever way the URL is given", async () => {
    const paths = ["/api/tags?x=1", "api/tags?x=1", `${authority.url}/api/tags?x=1`];
    const inputs = [...paths, new URL(paths[2] ?? ""), new Request(paths[2] ?? "")];
    for (const input of inputs) expect((await agent.fetch(input)).status).toBe(200);
    expect(authority.calls.map(({ url }) => url)).toEqual(inputs.map(() => "/api/tags?x=1"));
    const token = await agent.token();
    expect(new Set(authority.calls.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${token}`]),
    );
    expect(authority.exchanges).toHaveLength(1);
  });

  test("keeps the caller's method, headers and body, and puts its token in place of their Authorization", async () => {
    const headers = { Authorization: "Bearer sk-unused", "Content-Type": "application/json", "X-Mine": "1" };
    const url = `${authority.url}/v1/chat/completions`;
    await agent.fetch(url, { method: "POST", headers, body: "{}" });
    await agent.fetch(new Request(url, { method: "POST", headers, body: "{}" }));
    await agent.fetch(new Request(url, { method: "PUT", body: "old" }), {
      method: "POST",
      headers,
      body: "{}",
    });
    await agent.fetch(url, new Request(url, { method: "POST", headers, body: "{}" }));
    expect(authority.calls).toHaveLength(4);
    for (const call of authority.calls) {
      expect(call).toMatchObject({ method: "POST", body: "{}" });
      expect(call.headers).toMatchObject({ "content-type": "application/json", "x-mine": "1" });
      expect(call.headers.authorization).toBe(`Bearer ${await agent.token()}`);
    }
    expect(headers.Authorization, "the caller's own object stays as it is").toBe("Bearer sk-unused");
  });

  test("works without a `this`, as the fetch of another client", async () => {
    const { fetch } = agent;
    expect((await fetch.call(undefined, "/api/tags")).status).toBe(200);
  });

  test("hands on a stream as it comes", async () => {
    authority.onCall = (_, response) => {
      response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      response.write("one\n");
    };
    const response = await agent.fetch("/api/chat", { method: "POST", body: "{}" });
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("one\n");
    await reader?.cancel();
  });

  test("resolves to a refusal like any fetch, body unread, and tells the listeners", async () => {
    const refused = vi.fn();
    attach.on("refused", refused);
    authority.onCall = (_, response) =>
      sendJson(
        response,
        403,
        { error: "this needs the scope llm:admin", code: "insufficient_scope" },
        { "WWW-Authenticate": 'Bearer error="insufficient_scope", scope="llm:admin"' },
      );
    const response = await agent.fetch("/api/pull", { method: "POST", body: "{}" });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "insufficient_scope" });
    expect(refused).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        type: "refused",
        agentId: "research-agent",
        operation: "call",
        error: expect.objectContaining({
          code: "insufficient_scope",
          status: 403,
          requestId: expect.stringMatching(/^request-/),
          challenge: expect.objectContaining({ scopes: ["llm:admin"] }),
        }),
      }),
    );
  });

  test("an engine's own 403 is not the gateway's refusal", async () => {
    const refused = vi.fn();
    attach.on("refused", refused);
    authority.onCall = (_, response) => sendJson(response, 403, { error: "not this model" });
    expect((await agent.fetch("/api/chat")).status).toBe(403);
    expect(refused).not.toHaveBeenCalled();
  });

  test("that is aborted while the token comes rejects at once, and the others still get the token", async () => {
    let answer = () => {};
    authority.onToken = (seen, response) =>
      new Promise<void>((resolve) => {
        answer = () => {
          sendJson(response, 200, {
            access_token: "an.agent.token",
            issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
            token_type: "Bearer",
            expires_in: 300,
            scope: new URLSearchParams(seen.body).get("scope"),
          });
          resolve();
        };
      });
    const hangUp = new AbortController();
    const aborted = agent.fetch("/api/tags", { signal: hangUp.signal });
    const waiting = agent.token();
    await vi.waitFor(() => expect(authority.exchanges).toHaveLength(1));
    hangUp.abort();
    await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
    answer();
    expect(await waiting).toBe("an.agent.token");
    expect(authority.calls).toEqual([]);
  });

  test("that was aborted before it began asks for nothing", async () => {
    const aborted = agent.fetch("/api/tags", { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
    expect(authority.exchanges).toEqual([]);
    expect(authority.calls).toEqual([]);
  });
});

describe("a 401", () => {
  const bytes = new TextEncoder().encode("body");
  const form = new FormData();
  form.set("field", "body");
  test.each([
    ["no body", undefined],
    ["text", "body"],
    ["bytes", bytes],
    ["an ArrayBuffer", bytes.buffer],
    ["a Blob", new Blob(["body"])],
    ["a form", new URLSearchParams("body")],
    ["a multipart form", form],
  ])("is tried once more with a fresh token where the body is %s", async (_, body) => {
    refuseFirst();
    const response = await agent.fetch("/api/chat", {
      method: "POST",
      ...(body === undefined ? {} : { body }),
    });
    expect(response.status).toBe(200);
    const [first, second] = authority.calls;
    if (body !== form) expect(second?.body).toBe(first?.body);
    expect(second?.headers.authorization).not.toBe(first?.headers.authorization);
    expect(authority.exchanges[1]?.get("delegation"), "within its delegation").toBe("delegation-1");
  });

  test("is tried once more for a Request without a body", async () => {
    refuseFirst();
    expect((await agent.fetch(new Request(`${authority.url}/api/tags`))).status).toBe(200);
    expect(authority.calls).toHaveLength(2);
  });

  test.each([
    ["a stream", () => ({ body: new Blob(["body"]).stream(), duplex: "half" })],
    ["an async iterable", () => ({ body: (async function* () {})(), duplex: "half" })],
  ])("is handed out where the body is %s: it was started, and is never sent twice", async (_, init) => {
    refuseFirst();
    const response = await agent.fetch("/api/chat", { method: "POST", ...init() } as RequestInit);
    expect(response.status).toBe(401);
    expect(authority.calls).toHaveLength(1);
    expect(authority.exchanges).toHaveLength(1);
  });

  test("is handed out where a Request brings the body", async () => {
    refuseFirst();
    const request = new Request(`${authority.url}/api/chat`, { method: "POST", body: "body" });
    expect((await agent.fetch(request)).status).toBe(401);
    expect(authority.calls).toHaveLength(1);
  });

  test("is tried once more and not twice", async () => {
    authority.onCall = (_, response) => challenge(response);
    const response = await agent.fetch("/api/tags");
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "invalid_token" });
    expect(authority.calls).toHaveLength(2);
  });

  test("of many calls at once brings one fresh token for all", async () => {
    const stale = await agent.token();
    authority.live.delete(stale);
    const responses = await Promise.all(Array.from({ length: 20 }, () => agent.fetch("/api/tags")));
    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(authority.exchanges).toHaveLength(2);
  });

  test("comes back as it is, with its body, where no fresh token is to be had", async () => {
    await agent.token();
    authority.onCall = (_, response) => challenge(response);
    authority.onToken = (_, response) =>
      sendJson(response, 400, { error: "invalid_grant", error_description: "the delegation was revoked" });
    for (let call = 0; call < 3; call++) {
      const response = await agent.fetch("/api/tags");
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: "invalid_token" });
    }
    expect(authority.exchanges, "and the refusal is not asked for again at once").toHaveLength(2);
  });
});

describe("revoke", () => {
  test("revokes the delegation with the token in hand, and the agent sends nothing more", async () => {
    const revoked = vi.fn();
    attach.on("revoked", revoked);
    const token = await agent.token();
    await agent.revoke();
    expect(Object.fromEntries(authority.revocations[0] ?? [])).toEqual({
      token,
      token_type_hint: "access_token",
      client_id: "research-agent",
    });
    expect(revoked).toHaveBeenCalledExactlyOnceWith({
      type: "revoked",
      agentId: "research-agent",
      tokenId: "token-1",
      delegation: "delegation-1",
    });
    await expect(agent.fetch("/api/tags")).rejects.toMatchObject({ code: "agent_revoked" });
    await expect(agent.token()).rejects.toMatchObject({ code: "agent_revoked" });
    expect(authority.calls).toEqual([]);
    await agent.revoke();
    expect(authority.revocations).toHaveLength(1);
  });

  test("leaves other agents alone, also one of the same name", async () => {
    const other = attach.agent("research-agent", { scopes: ["llm:read"] });
    await Promise.all([agent.token(), other.token()]);
    await agent.revoke();
    expect((await other.fetch("/api/tags")).status).toBe(200);
  });

  test("sends nothing where there never was a token", async () => {
    await agent.revoke();
    expect(authority.revocations).toEqual([]);
    await expect(agent.token()).rejects.toMatchObject({ code: "agent_revoked" });
    expect(authority.exchanges).toEqual([]);
  });

  test("that fails leaves the agent closed, says why, and can be tried again", async () => {
    await agent.token();
    authority.onRevoke = (_, response) => sendJson(response, 503, { error: "temporarily_unavailable" });
    await expect(agent.revoke()).rejects.toMatchObject({ code: "temporarily_unavailable", status: 503 });
    await expect(agent.fetch("/api/tags")).rejects.toMatchObject({ code: "agent_revoked" });
    authority.onRevoke = undefined;
    await agent.revoke();
    expect(authority.live.size).toBe(0);
  });

  test("takes away a token that was still on its way", async () => {
    const pending = agent.token();
    const revoking = agent.revoke();
    await expect(pending).rejects.toMatchObject({ code: "agent_revoked" });
    await revoking;
    expect(authority.live.size).toBe(0);
  });
});
