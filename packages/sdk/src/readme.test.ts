import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { challenge, startTestAuthority, type TestAuthority } from "../test/authority.ts";
import { AttachClient } from "./index.ts";
import {
  a2aClient,
  bound,
  delegate,
  errors,
  events,
  freshUserToken,
  handOver,
  providerSession,
  quickstart,
  registered,
  remember,
  serve,
  token,
} from "./readme.examples.ts";

const read = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");
const dedent = (code: string) => code.replace(/^ {2}/gm, "").trim();

let authority: TestAuthority;
beforeEach(async () => {
  authority = await startTestAuthority();
  for (const level of ["log", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => authority.close());

test("every TypeScript snippet of the README is one that is compiled", () => {
  const regions = [...read("readme.examples.ts").matchAll(/\/\/ #region .*\n([\s\S]*?)\/\/ #endregion/g)];
  const snippets = [...read("../README.md").matchAll(/```ts\n([\s\S]*?)```/g)];
  expect(snippets.map(([, code]) => code?.trim())).toEqual(regions.map(([, code]) => dedent(code ?? "")));
  expect(snippets.length).toBeGreaterThan(3);
});

test("and does what the README says", async () => {
  const user = "user.jwt.token";
  const attach = new AttachClient(user, { gatewayUrl: authority.url });
  const stop = events(attach);
  expect((await quickstart(user, authority.url)).status).toBe(200);
  expect(authority.live).toContain(await token(attach));
  const asked = vi.fn(() => Promise.resolve(user));
  await token(freshUserToken({ getAccessToken: asked }, authority.url));
  expect(asked).toHaveBeenCalled();
  const agent = attach.agent("research-agent", { scopes: ["llm:read"] });
  expect((await delegate(agent, "{}")).status).toBe(200);
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
    "verify",
  ]);
  for (const one of registered(attach, "s3cret", privateKey))
    expect((await one.fetch("/api/tags")).status).toBe(200);
  authority.onCall = (request, response) => {
    const answer =
      request.method === "GET" ? { items: [], next: null } : { id: "m1", created: "2026-01-01T00:00:00Z" };
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(answer));
  };
  expect(await remember(attach.agent("a", { scopes: ["memory:read", "memory:write"] }))).toBe("m1");
  const ended = { state: "done", result: "hi", created: "2026-01-01T00:00:00Z" };
  authority.onCall = ({ url }, response) => {
    if (!url.endsWith("/events")) response.end(JSON.stringify({ task_id: "t-1", state: "queued" }));
    else
      response
        .setHeader("Content-Type", "text/event-stream")
        .end(`event: done\ndata: ${JSON.stringify(ended)}\n\n`);
  };
  const { signal } = new AbortController();
  expect(await handOver(attach.agent("a", { scopes: ["a2a:send", "a2a:read"] }), signal)).toBe("hi");
  await expect(a2aClient(user, authority.url)("/")).rejects.toMatchObject({ code: "invalid_response" });
  // What needs more of a server than this one has is shown to work in test/e2e.
  await expect(bound(attach).token()).rejects.toMatchObject({ code: "invalid_response" });
  const where = { issuer: authority.url, audience: "https://agent.test", secret: "s3cret" };
  await expect(serve(new Request(authority.url), where)).rejects.toMatchObject({ code: "invalid_token" });
  const login = { issuer: authority.url, clientId: "app", refreshToken: "r" };
  const session = providerSession(login, { save: async () => undefined, gatewayUrl: authority.url });
  await expect(token(session)).rejects.toMatchObject({ code: "invalid_response" });
  authority.onCall = (_, response) => challenge(response);
  expect(await errors(attach.agent("a", { scopes: ["llm:read"] }), "{}")).toBe(401);
  expect(console.warn).toHaveBeenCalled();
  stop();
});
