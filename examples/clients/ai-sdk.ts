/** Vercel's AI SDK with `@ai-sdk/openai-compatible` through the gateway. */
import assert from "node:assert/strict";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";
import { agentCalled, gatewayUrl, model, printed, question } from "./agent.ts";

const agent = agentCalled("ai-sdk-agent");
const gateway = createOpenAICompatible({
  name: "attach",
  baseURL: `${gatewayUrl}/v1`,
  includeUsage: true,
  fetch: agent.fetch,
});

const result = streamText({ model: gateway(model), prompt: question, maxRetries: 0 });
await printed(result.textStream);
const { outputTokens } = await result.usage;
assert(outputTokens !== undefined && outputTokens > 1, "the engine's own count came through");

await agent.revoke();
await assert.rejects(generateText({ model: gateway(model), prompt: question, maxRetries: 0 }));
console.log("ai-sdk: done");
