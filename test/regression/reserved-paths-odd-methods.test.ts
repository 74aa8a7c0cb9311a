import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stack, startStack } from "../support/stack.ts";

// Reserved paths were registered before the methods that only engines take were known: PROPFIND on /oauth/token reached the
// engine.
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test.each(["PROPFIND", "REPORT", "M-SEARCH", "LOCK", "QUERY"])(
  "%s on a path of ours never reaches the engine",
  async (method) => {
    const token = await stack.userToken("alice");
    for (const path of ["/oauth/token", "/oauth/introspect", "/metrics", "/attach/v1/agents"]) {
      const response = await stack.call(path, token, { method });
      expect([path, response.status, [400, 404, 405].includes(response.status)]).toEqual([
        path,
        response.status,
        true,
      ]);
    }
    expect(stack.engine.requests).toEqual([]);
  },
);

// A wrong method on a path of ours was told that there is nothing there.
test.each([
  ["PUT", "/attach/v1/agents", "GET, HEAD, POST"],
  ["POST", "/attach/v1/agents/somebody", "DELETE, GET, HEAD, PATCH"],
  ["GET", "/attach/v1/revocations", "POST"],
  ["DELETE", "/healthz", "GET, HEAD"],
])("%s %s is answered with the methods that there are", async (method, path, allowed) => {
  const response = await stack.call(path, undefined, { method });
  expect([response.status, response.headers.get("allow")]).toEqual([405, allowed]);
});

test("a path of ours that nothing is at stays a 404 under every method", async () => {
  for (const method of ["GET", "POST", "PUT"]) {
    for (const path of ["/attach/v1/nothing", "/attach/v1/agents/a/b/c"])
      expect([path, (await stack.call(path, undefined, { method })).status]).toEqual([path, 404]);
  }
});
