/** LangChain.js with `@langchain/openai` through the gateway. */
import assert from "node:assert/strict";
import { ChatOpenAI } from "@langchain/openai";
import { agentCalled, gatewayUrl, model, printed, question } from "./agent.ts";

const agent = agentCalled("langchain-agent");
const chat = new ChatOpenAI({
  model,
  apiKey: "unused",
  maxRetries: 0,
  configuration: { baseURL: `${gatewayUrl}/v1`, fetch: agent.fetch },
});

const stream = await chat.stream(question);
await printed(
  (async function* () {
    for await (const chunk of stream) yield chunk.text;
  })(),
);

await agent.revoke();
await assert.rejects(chat.invoke(question));
console.log("langchain-openai: done");
