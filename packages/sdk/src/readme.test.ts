import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { challenge, startTestAuthority, type TestAuthority } from "../test/authority.ts";
import { AttachClient } from "./index.ts";
import { errors, events, freshUserToken, quickstart, token } from "./readme.examples.ts";

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
  authority.onCall = (_, response) => challenge(response);
  expect(await errors(attach.agent("a", { scopes: ["llm:read"] }), "{}")).toBe(401);
  expect(console.warn).toHaveBeenCalled();
  stop();
});
