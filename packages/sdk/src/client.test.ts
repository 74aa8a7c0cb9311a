import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sendJson, startTestAuthority, type TestAuthority, unsignedJwt } from "../test/authority.ts";
import { AttachClient, type AttachClientOptions } from "./client.ts";
import type { TokenEvent } from "./events.ts";

const ALICE = unsignedJwt({ iss: "https://idp.example", sub: "alice" });
const BOB = unsignedJwt({ iss: "https://idp.example", sub: "bob" });
const READ = { agentId: "research-agent", scopes: ["llm:read"] };

let authority: TestAuthority;
const timing = { time: 0, now: () => timing.time, random: () => 0.5 };

beforeEach(async () => {
  authority = await startTestAuthority();
  timing.time = 1_800_000_000_000;
});
afterEach(() => authority.close());

const connect = (
  user: string | (() => Promise<string> | string) = ALICE,
  options: AttachClientOptions = {},
) => new AttachClient(user, { gatewayUrl: authority.url, timing, ...options });

describe("getAgentToken", () => {
  test("exchanges the user's token for the agent's, as RFC 8693 §2.1 asks", async () => {
    const token = await connect().getAgentToken({
      ...READ,
      scopes: ["llm:read", "memory:write"],
      ttl: 60,
      resource: "https://mcp.example/",
    });
    expect(authority.live).toContain(token);
    expect(Object.fromEntries(authority.exchanges[0] ?? [])).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      client_id: "research-agent",
      subject_token: ALICE,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      scope: "llm:read memory:write",
      ttl: "60",
      resource: "https://mcp.example/",
    });
  });

  test("makes one exchange for a hundred that ask at once, and none for those that ask later", async () => {
    const attach = connect();
    const tokens = await Promise.all(Array.from({ length: 100 }, () => attach.getAgentToken(READ)));
    expect(new Set(tokens).size).toBe(1);
    expect(await attach.getAgentToken(READ)).toBe(tokens[0]);
    expect(authority.exchanges).toHaveLength(1);
  });

  test("keeps tokens apart by agent, scopes, resource, lifetime and subject, and not by the order of scopes", async () => {
    const attach = connect();
    const base = { agentId: "a", scopes: ["llm:read", "memory:read"] };
    const tokens = await Promise.all([
      attach.getAgentToken(base),
      attach.getAgentToken({ ...base, agentId: "b" }),
      attach.getAgentToken({ ...base, scopes: ["llm:read"] }),
      attach.getAgentToken({ ...base, resource: "https://mcp.example/" }),
      attach.getAgentToken({ ...base, ttl: 60 }),
      attach.getAgentToken({ ...base, originalToken: BOB }),
    ]);
    expect(new Set(tokens).size).toBe(6);
    expect(await attach.getAgentToken({ ...base, scopes: ["memory:read", "llm:read"] })).toBe(tokens[0]);
    expect(authority.exchanges).toHaveLength(6);
    expect(authority.exchanges.filter((form) => form.get("subject_token") === BOB)).toHaveLength(1);
  });

  test("never gives one user's token to another, where the function speaks for whoever is logged in", async () => {
    let user = ALICE;
    const attach = connect(() => user);
    const hers = await attach.getAgentToken(READ);
    user = BOB;
    expect(await attach.getAgentToken(READ)).not.toBe(hers);
    user = ALICE;
    expect(await attach.getAgentToken(READ)).toBe(hers);
  });

  test("gives nothing from memory for a token that only claims to be the user's: the gateway judges it", async () => {
    let user = ALICE;
    const attach = connect(() => user);
    await attach.getAgentToken(READ);
    user = ALICE.replace(/[^.]*$/, "Zm9yZ2Vk");
    authority.onToken = (_, response) => sendJson(response, 400, { error: "invalid_request" });
    await expect(attach.getAgentToken(READ)).rejects.toMatchObject({ code: "invalid_request" });
    expect(authority.exchanges[1]?.get("subject_token")).toBe(user);
    user = ALICE;
    expect(authority.live).toContain(await attach.getAgentToken(READ));
  });

  test("renews within the delegation at 80 % of life", async () => {
    const attach = connect();
    const events: TokenEvent[] = [];
    attach.on("issued", (event) => events.push(event));
    attach.on("renewed", (event) => events.push(event));
    const first = await attach.getAgentToken(READ);
    timing.time += 241_000;
    expect(await attach.getAgentToken(READ)).toBe(first);
    await vi.waitFor(async () => expect(await attach.getAgentToken(READ)).not.toBe(first));
    expect(authority.exchanges.map((form) => form.get("delegation"))).toEqual([null, "delegation-1"]);
    expect(events.map(({ type, delegation }) => [type, delegation])).toEqual([
      ["issued", "delegation-1"],
      ["renewed", "delegation-1"],
    ]);
  });

  test("an agent asks the user's function again for each renewal, and not for each call", async () => {
    let asked = 0;
    const agent = connect(() => `user.token.${++asked}`).agent("research-agent", { scopes: ["llm:read"] });
    for (let use = 0; use < 5; use++) await agent.fetch("/api/tags");
    expect(asked).toBe(1);
    timing.time += 400_000;
    await agent.fetch("/api/tags");
    expect(authority.exchanges.map((form) => [form.get("subject_token"), form.get("delegation")])).toEqual([
      ["user.token.1", null],
      ["user.token.2", "delegation-1"],
    ]);
  });

  test("an agent's scopes are what they were when it was made", async () => {
    const scopes = ["llm:read"];
    const agent = connect().agent("research-agent", { scopes });
    scopes.push("admin");
    expect(() => (agent.scopes as string[]).push("admin")).toThrow(TypeError);
    await agent.token();
    expect(authority.exchanges[0]?.get("scope")).toBe("llm:read");
  });

  test("says clearly that a delegation was not renewed, and begins another when asked again", async () => {
    const attach = connect();
    await attach.getAgentToken(READ);
    timing.time += 400_000;
    authority.onToken = (_, response) =>
      sendJson(response, 400, {
        error: "invalid_grant",
        error_description: "the session has reached its maximum",
      });
    const refused = vi.fn();
    attach.on("refused", refused);
    await expect(attach.getAgentToken(READ)).rejects.toMatchObject({
      code: "invalid_grant",
      status: 400,
      message: "the delegation of research-agent was not renewed: the session has reached its maximum",
    });
    expect(refused).toHaveBeenCalledWith(expect.objectContaining({ operation: "renewal" }));
    authority.onToken = undefined;
    await attach.getAgentToken(READ);
    expect(authority.exchanges.at(-1)?.has("delegation")).toBe(false);
  });

  test("remembers no failure", async () => {
    const attach = connect();
    authority.onToken = (_, response) => sendJson(response, 503, { error: "temporarily_unavailable" });
    await expect(attach.getAgentToken(READ)).rejects.toMatchObject({
      code: "temporarily_unavailable",
      status: 503,
    });
    authority.onToken = undefined;
    expect(authority.live).toContain(await attach.getAgentToken(READ));
  });

  test("is bounded: the least recently used of many tokens is forgotten", async () => {
    const attach = connect();
    await attach.getAgentToken(READ);
    for (let agent = 0; agent < 500; agent++)
      await attach.getAgentToken({ ...READ, agentId: `agent-${agent}` });
    await attach.getAgentToken({ ...READ, agentId: "agent-499" });
    expect(authority.exchanges).toHaveLength(501);
    await attach.getAgentToken(READ);
    expect(authority.exchanges).toHaveLength(502);
  });
});

describe("exchange", () => {
  test("gives the whole answer, anew each time", async () => {
    const attach = connect();
    const one = await attach.exchange(READ);
    expect(one).toMatchObject({ token_type: "Bearer", expires_in: 300, scope: "llm:read" });
    expect((await attach.exchange(READ)).access_token).not.toBe(one.access_token);
  });

  test("presents the kind of token that the option names", async () => {
    await connect(ALICE, { userTokenType: "id_token" }).exchange(READ);
    expect(authority.exchanges[0]?.get("subject_token_type")).toBe(
      "urn:ietf:params:oauth:token-type:id_token",
    );
  });
});

describe("failures", () => {
  test("an unreachable gateway is network_error, with the cause", async () => {
    const attach = connect();
    await authority.close();
    const error = await attach.getAgentToken(READ).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "AttachError", code: "network_error", status: undefined });
    expect(error).toHaveProperty("cause.message");
    authority = await startTestAuthority();
  });

  test("a silent gateway is timeout, also when it falls silent in the middle of its answer", async () => {
    authority.onToken = () => undefined;
    const attach = connect(ALICE, { timeout: 100 });
    await expect(attach.getAgentToken(READ)).rejects.toMatchObject({ code: "timeout" });
    authority.onToken = (_, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write('{"access_token":');
    };
    await expect(attach.getAgentToken(READ)).rejects.toMatchObject({ code: "timeout" });
  });

  test("a redirect of the token endpoint is not followed: the user's token goes nowhere else", async () => {
    const other = await startTestAuthority();
    authority.onToken = (_, response) =>
      void response.writeHead(307, { Location: `${other.url}/oauth/token` }).end();
    await expect(connect().getAgentToken(READ)).rejects.toMatchObject({
      code: "redirect_refused",
      status: 307,
    });
    expect(other.exchanges).toEqual([]);
    await other.close();
  });

  test("a function that fails or gives no token is user_token_failed", async () => {
    const failing = connect(() => Promise.reject(new Error("logged out")));
    await expect(failing.getAgentToken(READ)).rejects.toMatchObject({
      code: "user_token_failed",
      cause: { message: "logged out" },
    });
    for (const given of ["", "two words", "a\r\nX-Evil: 1", undefined as unknown as string]) {
      await expect(connect(() => given).getAgentToken(READ)).rejects.toMatchObject({
        code: "user_token_failed",
      });
    }
    expect(authority.exchanges).toEqual([]);
  });

  test("arguments that no gateway could accept are refused before anything is sent", async () => {
    const attach = connect();
    const bad = [
      { agentId: "", scopes: ["llm:read"] },
      { agentId: "two words", scopes: ["llm:read"] },
      { agentId: "a\r\nAuthorization: Bearer x", scopes: ["llm:read"] },
      { agentId: "a".repeat(256), scopes: ["llm:read"] },
      { agentId: "ágent", scopes: ["llm:read"] },
      { agentId: "a", scopes: [] },
      { agentId: "a", scopes: ["llm:read admin"] },
      { agentId: "a", scopes: ['"quoted"'] },
      { agentId: "a", scopes: ["llm:read\n"] },
      { agentId: "a", scopes: "llm:read" as unknown as string[] },
      { agentId: "a", scopes: ["llm:read"], ttl: 0 },
      { agentId: "a", scopes: ["llm:read"], ttl: 1.5 },
      { agentId: "a", scopes: ["llm:read"], resource: "/mcp" },
      { agentId: "a", scopes: ["llm:read"], resource: "https://mcp.example/#x" },
      { agentId: "a", scopes: ["llm:read"], originalToken: "not a token" },
    ];
    for (const request of bad) {
      await expect(attach.getAgentToken(request), JSON.stringify(request)).rejects.toMatchObject({
        code: "invalid_argument",
      });
    }
    expect(() => new AttachClient("")).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(() => new AttachClient(ALICE, { timeout: 0 })).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
    expect(authority.exchanges).toEqual([]);
  });
});

test("shows no token when a client, an agent or an error is printed", async () => {
  const attach = connect();
  const agent = attach.agent("research-agent", { scopes: ["llm:read"] });
  const token = await agent.token();
  authority.onToken = (_, response) => sendJson(response, 400, { error: "invalid_scope" });
  const error = await attach.getAgentToken(READ).catch((thrown: unknown) => thrown);
  const printed =
    inspect([attach, agent, error], { depth: 20, showHidden: true }) + JSON.stringify([attach, agent, error]);
  expect(printed).toContain("invalid_scope");
  expect(printed).not.toContain(ALICE);
  expect(printed).not.toContain(token);
});
