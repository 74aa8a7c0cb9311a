import { afterAll, beforeAll, expect, test } from "vitest";
import { runExample } from "../support/example.ts";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ OUTBOUND_ALLOW: "127.0.0.1" });
});
afterAll(() => stack?.stop());

test("A07: a planner hands a plan to a coder by its mem_id; the engine sees the coder act for the user", async () => {
  const userToken = await stack.userToken("alice");
  const before = stack.engine.requests.length;
  const around = { gatewayUrl: stack.publicUrl, userToken, model: "llama3.2" };
  const { code, output } = await runExample("hand-off/main.ts", around);
  expect([code, output]).toEqual([0, expect.stringContaining("handed on, checked, revoked")]);
  const asked = stack.engine.requests.slice(before).filter(({ method }) => method === "POST");
  expect(asked).toHaveLength(1);
  const flat = asked[0]?.rawHeaders ?? [];
  const sent = (name: string) => flat[flat.findIndex((one) => one.toLowerCase() === name) + 1];
  expect(sent("x-attach-user")).toBe("alice");
  expect(sent("x-attach-agent")).toMatch(/^coder-[0-9a-f]{6}$/);
  // What was handed over is nothing but the place: the plan goes to the engine, and by no agent's message.
  const mem = /the plan is (\S+);/.exec(output)?.[1] ?? "";
  expect(mem).not.toBe("");
  const foreign = await stack.call(`/attach/v1/memory/${mem}`, await stack.userToken("bob"));
  expect(foreign.status).toBe(404);
});
