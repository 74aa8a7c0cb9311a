/** LangChain.js with `@langchain/ollama` through the gateway. */
import assert from "node:assert/strict";
import { ChatOllama } from "@langchain/ollama";
import { agentCalled, gatewayUrl, model, printed, question } from "./agent.ts";

const agent = agentCalled("langchain-agent");
const chat = new ChatOllama({ model, baseUrl: gatewayUrl, maxRetries: 0, fetch: agent.fetch });

const stream = await chat.stream(question);
await printed(
  (async function* () {
    for await (const chunk of stream) yield chunk.text;
  })(),
);

await agent.revoke();
await assert.rejects(chat.invoke(question));
console.log("langchain-ollama: done");
