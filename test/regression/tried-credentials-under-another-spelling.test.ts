import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stack, startStack } from "../support/stack.ts";

// The limit of failures looked at the target as it was written, and the router decodes it: `/%6fauth/token` was never counted.
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ MAX_FAILURES_PER_MIN: "5" });
});
afterAll(() => stack.stop());

test("an address that tries out credentials is stopped however it spells the path", async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) {
    const path = i % 2 === 0 ? "/%6fauth/token" : "/oauth/%74oken";
    const answer = await stack.call(path, undefined, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "client_credentials", client_id: "x", client_secret: "y" }),
    });
    await answer.text();
    statuses.push(answer.status);
  }
  expect(statuses.slice(0, 5)).not.toContain(429);
  expect(statuses.slice(-5)).toEqual([429, 429, 429, 429, 429]);
});
