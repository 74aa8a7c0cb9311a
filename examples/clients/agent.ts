/** What all these clients share: an agent of Alice's, and checks on what was streamed. */
import assert from "node:assert/strict";
import { type Agent, AttachClient } from "@attach-dev/sdk";

const userToken = process.env["USER_TOKEN"];
if (!userToken) {
  console.error("USER_TOKEN is missing. `npm run demo -- --serve` starts everything and prints one.");
  process.exit(2);
}

export const attach = new AttachClient(userToken);
export const gatewayUrl: string = attach.gatewayUrl;
export const model: string = process.env["MODEL"] ?? "llama3.2";
export const question = "Why is the sky blue? One sentence.";

/** An agent that may run models and nothing else. */
export function agentCalled(name: string): Agent {
  return attach.agent(name, { scopes: ["llm:read"] });
}

/** Prints pieces as they come. @returns all of them; there must be several, or nothing was streamed */
export async function printed(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  let count = 0;
  for await (const piece of pieces) {
    process.stdout.write(piece);
    text += piece;
    if (piece !== "") count += 1;
  }
  process.stdout.write("\n");
  assert(count > 1, `the answer came in ${count} piece`);
  return text;
}
