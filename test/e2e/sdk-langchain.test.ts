import { AttachClient } from "@attach-dev/sdk";
import { AttachChatHistory, AttachRetriever } from "@attach-dev/sdk/langchain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Management, startManagement } from "../support/management.ts";

let gateway: Management;
beforeAll(async () => {
  gateway = await startManagement();
});
afterAll(() => gateway?.close());

function memoryOf(user: string) {
  const timing = { now: gateway.gateway.clock.now, random: () => 0.5 };
  const attach = new AttachClient(gateway.userToken(user), { gatewayUrl: gateway.url, timing });
  return attach.agent("langchain-agent", { scopes: ["memory:read", "memory:write"] }).memory;
}

test("M06: a LangChain.js chat history keeps a conversation in order, apart from others and from other users", async () => {
  const { AIMessage, HumanMessage, ToolMessage } = await import("@langchain/core/messages");
  const history = new AttachChatHistory({ memory: memoryOf("alice"), conversation: "trip" });
  const said = [
    new HumanMessage("Where is the Alhambra?"),
    new AIMessage({ content: "", tool_calls: [{ name: "maps", args: { q: "Alhambra" }, id: "c1" }] }),
    new ToolMessage({ content: "Granada", tool_call_id: "c1" }),
    new AIMessage("In Granada."),
  ];
  for (const message of said) {
    await history.addMessage(message);
    gateway.gateway.clock.advance(0.01);
  }
  await new AttachChatHistory({ memory: memoryOf("alice"), conversation: "other" }).addUserMessage("else");
  await new AttachChatHistory({ memory: memoryOf("bob"), conversation: "trip" }).addUserMessage("bob's");
  const again = await new AttachChatHistory({
    memory: memoryOf("alice"),
    conversation: "trip",
  }).getMessages();
  expect(again.map((message) => [message.type, message.text])).toEqual([
    ["human", "Where is the Alhambra?"],
    ["ai", ""],
    ["tool", "Granada"],
    ["ai", "In Granada."],
  ]);
  expect(again[1]).toMatchObject({ tool_calls: [{ name: "maps", args: { q: "Alhambra" } }] });
  await history.clear();
  expect(await history.getMessages()).toEqual([]);
  const bobs = new AttachChatHistory({ memory: memoryOf("bob"), conversation: "trip" });
  expect(await bobs.getMessages()).toHaveLength(1);
});

test("M06: a LangChain.js retriever finds its user's memory, and nobody else's", async () => {
  await memoryOf("carol").write({ text: "Carol's boat is called Albatross", kind: "fact" });
  const documents = await new AttachRetriever({ memory: memoryOf("carol"), k: 2 }).invoke("boat albatross");
  expect(documents).toMatchObject([
    { pageContent: "Carol's boat is called Albatross", metadata: { kind: "fact", agent: "langchain-agent" } },
  ]);
  expect(await new AttachRetriever({ memory: memoryOf("dave") }).invoke("boat albatross")).toEqual([]);
});
