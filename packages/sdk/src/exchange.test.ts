import { expect, test } from "vitest";
import { exchangeRequest, processExchangeResponse } from "./exchange.ts";

const GOOD = {
  access_token: "a.b.c",
  issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
  token_type: "Bearer",
  expires_in: 300,
  scope: "llm:read",
};
const DEMAND = { agentId: "a", scopes: ["llm:read", "chat:run"], tokenType: "Bearer" as const };
const judge = (body: unknown, init: ResponseInit = {}) =>
  processExchangeResponse(new Response(typeof body === "string" ? body : JSON.stringify(body), init), DEMAND);

test("a parameter cannot break out of the form", () => {
  const form = exchangeRequest({
    agentId: "a&scope=admin",
    tokenType: "Bearer",
    scopes: ["llm:read&client_id=b"],
    subjectToken: "x+y%20z&delegation=d",
    subjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
  });
  const received = new URLSearchParams(form.toString());
  expect(received.getAll("scope")).toEqual(["llm:read&client_id=b"]);
  expect(received.getAll("client_id")).toEqual(["a&scope=admin"]);
  expect(received.get("subject_token")).toBe("x+y%20z&delegation=d");
  expect(received.has("delegation")).toBe(false);
});

test("takes exactly what RFC 8693 §2.2.1 says, and nothing besides", async () => {
  expect(await judge({ ...GOOD, refresh_token: "r", extra: 1 })).toEqual(GOOD);
  expect(await judge({ ...GOOD, token_type: "bearer" })).toMatchObject({ token_type: "Bearer" });
});

test("takes less than was asked for, and parts of a composite; a missing scope is what was asked for", async () => {
  expect(await judge({ ...GOOD, scope: "a2a:send" })).toMatchObject({ scope: "a2a:send" });
  expect(await judge({ ...GOOD, scope: undefined })).toMatchObject({ scope: "llm:read chat:run" });
});

test.each([
  ["text", "hello"],
  ["a list", [GOOD]],
  ["null", "null"],
  ["no token", { ...GOOD, access_token: undefined }],
  ["an empty token", { ...GOOD, access_token: "" }],
  ["a token that breaks a header", { ...GOOD, access_token: "a\r\nX-Evil: 1" }],
  ["a token with a space", { ...GOOD, access_token: "a b" }],
  ["a token that fits in no header", { ...GOOD, access_token: "a".repeat(16_385) }],
  ["a token that is an object", { ...GOOD, access_token: { toString: 1 } }],
  ["another token_type", { ...GOOD, token_type: "DPoP" }],
  ["N_A", { ...GOOD, token_type: "N_A" }],
  ["no token_type", { ...GOOD, token_type: undefined }],
  ["an ID token", { ...GOOD, issued_token_type: "urn:ietf:params:oauth:token-type:id_token" }],
  ["no issued_token_type", { ...GOOD, issued_token_type: undefined }],
  ["a lifetime in words", { ...GOOD, expires_in: "300" }],
  ["no lifetime", { ...GOOD, expires_in: undefined }],
  ["a lifetime of nothing", { ...GOOD, expires_in: 0 }],
  ["a lifetime without end", JSON.stringify(GOOD).replace("300", "1e999")],
  ["a scope that is a list", { ...GOOD, scope: ["llm:read"] }],
  ["a scope out of the grammar", { ...GOOD, scope: 'llm:read "' }],
  ["more than was asked for", { ...GOOD, scope: "llm:read admin" }],
  ["a flood", JSON.stringify({ ...GOOD, filler: "x".repeat(70_000) })],
])("refuses an answer with %s", async (_, body) => {
  await expect(judge(body, { headers: { "X-Request-Id": "r-1" } })).rejects.toMatchObject({
    code: "invalid_response",
    status: 200,
  });
});

test("takes nothing but a 200 for a success", async () => {
  for (const status of [201, 202, 400, 500]) {
    await expect(judge(GOOD, { status })).rejects.toMatchObject({ code: "http_error", status });
  }
});
