import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestAuthority, type TestAuthority } from "../test/authority.ts";

let bundle: string;
let imports: readonly string[];
let authority: TestAuthority;

beforeAll(async () => {
  authority = await startTestAuthority();
  const build = await rolldown({ input: join(import.meta.dirname, "index.ts"), platform: "neutral" });
  const { output } = await build.generate({ format: "iife", name: "attach" });
  bundle = output[0].code;
  imports = output[0].imports;
  await build.close();
});
afterAll(() => authority.close());

test("the bundle stands alone: it imports nothing, from Node or elsewhere", () => {
  expect(imports).toEqual([]);
  expect(bundle).not.toMatch(/\brequire\(|\bimport\(|node:|\bBuffer\b/);
});

test("the package has no runtime dependencies", () => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  expect(manifest.dependencies ?? {}).toEqual({});
  // What the adapter adapts to, and whoever has no use for it does not have.
  expect(Object.keys(manifest.peerDependencies)).toEqual(["@langchain/core"]);
  expect(manifest.peerDependenciesMeta).toEqual({ "@langchain/core": { optional: true } });
});

test("it runs where there is nothing but the web's own globals", async () => {
  const { AbortController, AbortSignal, Blob, fetch, FormData, Headers, Request, Response } = globalThis;
  const { TextDecoder, TextEncoder, URL, URLSearchParams, atob, btoa, console, crypto } = globalThis;
  const web = { AbortController, AbortSignal, Blob, fetch, FormData, Headers, Request, Response };
  const context = createContext({
    ...web,
    TextDecoder,
    TextEncoder,
    URL,
    URLSearchParams,
    atob,
    btoa,
    console,
    crypto,
    gateway: authority.url,
  });
  const story = `(async () => {
    const client = new attach.AttachClient("user.jwt.token", { gatewayUrl: gateway });
    const agent = client.agent("edge-agent", { scopes: ["llm:read"] });
    const response = await agent.fetch("/api/tags");
    const foreign = await agent.fetch("//evil.example").catch((error) => error.code);
    const helper = await agent.delegate("helper", { scopes: ["llm:read"] }).fetch("/api/tags");
    await agent.revoke();
    const bound = client.agent("bound-agent", { scopes: ["llm:read"], dpop: true });
    const unbound = await bound.token().catch((error) => error.code);
    const forged = await attach.verifyAgentToken("a.b.c", { issuer: gateway, audience: "x" }).catch((error) => error.code);
    return [helper.status, unbound, forged, typeof process, typeof Buffer, response.status, foreign, new attach.AttachClient("x").gatewayUrl];
  })()`;
  runInContext(bundle, context);
  expect([...(await runInContext(story, context))]).toEqual([
    200,
    "invalid_response",
    "invalid_token",
    "undefined",
    "undefined",
    200,
    "foreign_origin",
    "http://localhost:8080",
  ]);
});
