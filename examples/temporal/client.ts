/**
 * Hands a question to a workflow, follows it to its end and checks the answer; exits with 1 if something does not hold.
 *
 *   USER_TOKEN=<a user's access token> node client.ts [question]
 *
 * `ATTACH_GATEWAY_URL` says where the gateway is (else http://localhost:8080).
 */
import assert from "node:assert/strict";
import { AttachClient } from "@attach-dev/sdk";

const userToken = process.env["USER_TOKEN"];
if (!userToken) {
  console.error("USER_TOKEN is missing: `attach-gateway login` prints one.");
  process.exit(2);
}

// The worker asks the engine for this agent, so the agent has to hold what the worker needs.
const scopes = ["llm:read", "a2a:send", "a2a:read"];
const agent = new AttachClient(userToken).agent("workflow-client", { scopes });

const question = process.argv[2] ?? "Why is the sky blue? One sentence.";
const { id } = await agent.tasks.send({ input: { question }, target: "temporal://QuestionWorkflow" });
console.log(`task ${id}`);

const states: string[] = [];
for await (const { state } of agent.tasks.stream(id)) {
  states.push(state);
  console.log(state);
}
const { state, result } = await agent.tasks.wait(id);
assert.equal(state, "done", JSON.stringify(result));
assert.equal(states.at(-1), "done");
const { answer } = result as { answer: string };
assert(answer.length > 0, "the engine has answered");
console.log(answer);
