/**
 * A planner hands a plan on to a coder by its place in memory. Starts both agents, registers them at the gateway, asks, checks what came of it,
 * and takes them away again; exits with 1 if something does not hold.
 *
 *   USER_TOKEN=<a user's access token> node main.ts [task]
 *
 * `ATTACH_GATEWAY_URL` says where the gateway is (its PUBLIC_URL; else http://localhost:8080), `MODEL` which model to ask. The agents listen on this
 * machine, so the gateway must be let there: OUTBOUND_ALLOW=127.0.0.1.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readError } from "@attach-dev/sdk";
import { a2aAccess } from "@attach-dev/sdk/a2a";
import { callAgent } from "./call-agent.ts";
import { coder } from "./coder.ts";
import { type Planned, planner } from "./planner.ts";
import { type AgentServer, serveAgent } from "./serve-agent.ts";

const userToken = process.env["USER_TOKEN"];
if (!userToken) {
  console.error("USER_TOKEN is missing: `attach-gateway login` prints one.");
  process.exit(2);
}
const gatewayUrl = process.env["ATTACH_GATEWAY_URL"] ?? "http://localhost:8080";
const model = process.env["MODEL"] ?? "llama3.2";
const task = process.argv[2] ?? "Sort a list of a million numbers.";

const run = randomBytes(3).toString("hex");
const [plannerId, coderId] = [`planner-${run}`, `coder-${run}`];
const place = (id: string) => `${gatewayUrl}/a2a/agents/${id}`;

const agents: Readonly<Record<string, AgentServer>> = {
  [coderId]: await serveAgent({ id: coderId, gatewayUrl, answer: coder(model) }),
  [plannerId]: await serveAgent({ id: plannerId, gatewayUrl, answer: planner(place(coderId)) }),
};
try {
  for (const [id, server] of Object.entries(agents)) await register(id, server);

  // Who asks is an agent of the user's, too; all it knows of the planner is where it is.
  const access = a2aAccess(place(plannerId), {
    userToken,
    agentId: "assistant",
    scopes: ["llm:read", "a2a:send", "a2a:read", "memory:read", "memory:write"],
  });
  const assistant = await access.agent();
  console.log(`asks ${plannerId}: ${task}`);
  const planned = (await callAgent(place(plannerId), { text: task }, access.fetch)) as Planned;
  const { mem_id, code } = planned;
  console.log(`the plan is ${mem_id}; ${coderId} read it and says: ${code.answer}`);

  assert.deepEqual(planned.chain, [plannerId, "assistant"], "the planner knew for whom it acts");
  assert.deepEqual(code.chain, [coderId, plannerId, "assistant"], "and the coder, by one more link");
  assert.equal(code.user, planned.user, "one user all the way");
  assert.equal(code.session, planned.session, "in one session");
  const plan = await assistant.memory.get(mem_id);
  assert.equal(plan.text, code.plan, "what the coder read is what the planner wrote");
  assert.match(plan.text, new RegExp(task.slice(0, 8)));
  assert(code.answer.length > 0, "the engine has answered");

  // Nobody but who was handed the token can call the agents, past the gateway or otherwise.
  const past = await fetch(`${agents[coderId]?.url}/rpc`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${await assistant.token()}` },
    body: "{}",
  });
  assert.equal(past.status, 401, "the gateway's own tokens are not good at an agent");
  await assistant.revoke();
  await assert.rejects(callAgent(place(plannerId), { text: task }, access.fetch));
  console.log("handed on, checked, revoked");
} finally {
  for (const [id, server] of Object.entries(agents)) {
    await manage("DELETE", `/${id}`).catch(console.error);
    await server.close();
  }
}

async function register(id: string, server: AgentServer): Promise<void> {
  const endpoint = { url: server.url, protocol: "a2a", resource: server.url };
  const { secret } = (await (await manage("POST", "", { id, endpoint })).json()) as { secret: string };
  server.useSecret(secret);
}

async function manage(method: string, path: string, body?: object): Promise<Response> {
  const response = await fetch(`${gatewayUrl}/attach/v1/agents${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${userToken}`,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await readError(response);
  return response;
}
