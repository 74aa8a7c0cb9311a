/** The official `ollama` package through the gateway, by `host` and `fetch` alone. */
import assert from "node:assert/strict";
import { Ollama } from "ollama";
import { agentCalled, gatewayUrl, model, printed, question } from "./agent.ts";

const agent = agentCalled("ollama-agent");
const ollama = new Ollama({ host: gatewayUrl, fetch: agent.fetch });

const messages = [{ role: "user", content: question }];
const stream = await ollama.chat({ model, messages, stream: true });
let tokens = 0;
await printed(
  (async function* () {
    for await (const part of stream) {
      if (part.done) tokens = part.eval_count;
      yield part.message.content;
    }
  })(),
);
assert(tokens > 1, "the engine's own count came through");

const { models } = await ollama.list();
assert(models.length > 0, "the engine's models are listed");

// A refusal has its reason, in the package's own error.
await assert.rejects(ollama.delete({ model }), {
  name: "ResponseError",
  status_code: 403,
  message: /llm:admin/,
});

await agent.revoke();
await assert.rejects(ollama.list());
console.log("ollama: done");
