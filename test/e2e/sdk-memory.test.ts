import { AttachClient } from "@attach-dev/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Management, startManagement } from "../support/management.ts";

let gateway: Management;
beforeAll(async () => {
  gateway = await startManagement();
});
afterAll(() => gateway?.close());

const SCOPES = { scopes: ["memory:read", "memory:write"] };

function connect(user: string): AttachClient {
  const timing = { now: gateway.gateway.clock.now, random: () => 0.5 };
  return new AttachClient(gateway.userToken(user), { gatewayUrl: gateway.url, timing });
}

test("M06: agent.memory writes, searches, lists, gets and deletes its user's memory", async () => {
  const agent = connect("alice").agent("research-agent", SCOPES);
  const { id, created } = await agent.memory.write({
    text: "Merge sort is stable",
    kind: "fact",
    task: "t-1",
  });
  expect(new Date(created).getTime()).toBeGreaterThan(0);
  gateway.gateway.clock.advance(5);
  await agent.memory.write({ text: "Quicksort is not", meta: { page: 4 } });
  const found = await agent.memory.search("stable sorting");
  expect(found.items.map(({ text }) => text)).toEqual(["Merge sort is stable"]);
  expect(await agent.memory.get(id)).toEqual(found.items[0]);
  expect(found.items[0]).toMatchObject({ agent: "research-agent", kind: "fact", task: "t-1" });
  const first = await agent.memory.list({ limit: 1 });
  const second = await agent.memory.list({ limit: 1, cursor: first.next ?? "" });
  expect([first, second].map(({ items }) => items[0]?.text)).toEqual([
    "Quicksort is not",
    "Merge sort is stable",
  ]);
  await agent.memory.delete(id);
  await expect(agent.memory.get(id)).rejects.toMatchObject({ code: "not_found", status: 404 });
  await expect(agent.memory.delete(id)).rejects.toMatchObject({ code: "not_found" });
});

test("M06: another user's agent finds none of it, and one without the scope is told so", async () => {
  const { id } = await connect("carol").agent("research-agent", SCOPES).memory.write({ text: "carol's own" });
  const bobs = connect("bob").agent("research-agent", SCOPES);
  expect((await bobs.memory.search("own")).items).toEqual([]);
  await expect(bobs.memory.get(id)).rejects.toMatchObject({ code: "not_found" });
  const blind = connect("carol").agent("research-agent", { scopes: ["llm:read"] });
  await expect(blind.memory.list()).rejects.toMatchObject({
    code: "insufficient_scope",
    status: 403,
    challenge: { scopes: ["memory:read"] },
  });
  await expect(bobs.memory.write({ text: "" })).rejects.toMatchObject({ code: "bad_request" });
  await expect(bobs.memory.get("../tokens")).rejects.toThrow(/id of an event/);
  await expect(bobs.memory.search(" ")).rejects.toThrow(/words/);
});

test("M06: a helper reads what the agent it acts for has noted, by its mem_id", async () => {
  const planner = connect("dave").agent("planner", SCOPES);
  const { id } = await planner.memory.write({ text: "the plan" });
  const coder = planner.delegate("coder", { scopes: ["memory:read"] });
  expect((await coder.memory.get(id)).text).toBe("the plan");
  await planner.revoke();
  await expect(coder.memory.get(id)).rejects.toMatchObject({ code: "agent_revoked" });
});
