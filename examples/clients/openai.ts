/** The official `openai` SDK through the gateway, by `baseURL` and `fetch` alone. */
import assert from "node:assert/strict";
import OpenAI from "openai";
import { agentCalled, gatewayUrl, model, printed, question } from "./agent.ts";

const agent = agentCalled("openai-agent");
const openai = new OpenAI({ baseURL: `${gatewayUrl}/v1`, apiKey: "unused", fetch: agent.fetch });

const stream = await openai.chat.completions.create({
  model,
  messages: [{ role: "user", content: question }],
  stream: true,
  stream_options: { include_usage: true },
});
let usage: OpenAI.CompletionUsage | null | undefined;
await printed(
  (async function* () {
    for await (const chunk of stream) {
      usage = chunk.usage ?? usage;
      yield chunk.choices[0]?.delta.content ?? "";
    }
  })(),
);
assert(usage && usage.completion_tokens > 1, "the engine's own count came through");

const models = await openai.models.list();
assert(models.data.length > 0, "the engine's models are listed");

// A refusal has its reason, in the SDK's own error.
await assert.rejects(openai.files.list(), (error) => {
  assert(error instanceof OpenAI.PermissionDeniedError);
  assert.equal(error.code, "insufficient_scope");
  assert.match(error.message, /llm:admin/);
  return true;
});

await agent.revoke();
await assert.rejects(openai.models.list());
console.log("openai: done");
