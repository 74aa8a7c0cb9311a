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
