/** LangChain.js over the memory of the agent's user: a chat history that outlives the process, and a retriever. */
import assert from "node:assert/strict";
import { AttachChatHistory, AttachRetriever } from "@attach-dev/sdk/langchain";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { attach } from "./agent.ts";

const agent = attach.agent("langchain-memory", { scopes: ["memory:read", "memory:write"] });
const conversation = `example-${Date.now()}`;

const history = new AttachChatHistory({ memory: agent.memory, conversation });
await history.addMessages([new HumanMessage("My boat is called Albatross."), new AIMessage("A fine name.")]);

// Another process of the same user's would read the same.
const again = new AttachChatHistory({ memory: agent.memory, conversation });
const said = (await again.getMessages()).map((message) => `${message.type}: ${message.text}`);
console.log(said.join("\n"));
assert.deepEqual(said, ["human: My boat is called Albatross.", "ai: A fine name."]);

const retriever = new AttachRetriever({ memory: agent.memory, k: 2 });
const [found] = await retriever.invoke("boat albatross");
assert.equal(found?.pageContent, "My boat is called Albatross.");

await again.clear();
assert.deepEqual(await history.getMessages(), []);
await agent.revoke();
await assert.rejects(retriever.invoke("boat"));
console.log("langchain-memory: done");
