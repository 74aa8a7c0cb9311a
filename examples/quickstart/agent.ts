/**
 * An agent that streams a chat for a verified user. Checks each thing it shows, and exits with 1 if one does not hold.
 *
 *   USER_TOKEN=<a user's access token> node agent.ts [question]
 *
 * `ATTACH_GATEWAY_URL` says where the gateway is (else http://localhost:8080), `MODEL` which model to ask.
 */
import assert from "node:assert/strict";
import { AttachClient, readError } from "@attach-dev/sdk";

const userToken = process.env["USER_TOKEN"];
if (!userToken) {
  console.error("USER_TOKEN is missing. `npm run demo -- --serve` starts everything and prints one.");
  process.exit(2);
}

const attach = new AttachClient(userToken);
attach.on("issued", ({ agentId, scopes, expiresAt }) =>
  console.log(`${agentId} may ${scopes.join(" ")} until ${expiresAt.toISOString()}`),
);

const agent = attach.agent("quickstart-agent", { scopes: ["llm:read"] });

const response = await agent.fetch("/api/chat", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({
    model: process.env["MODEL"] ?? "llama3.2",
    messages: [{ role: "user", content: process.argv[2] ?? "Why is the sky blue? One sentence." }],
  }),
});
if (!response.ok) throw await readError(response);

let done = false;
for await (const { message, done: last } of lines(response)) {
  process.stdout.write(message?.content ?? "");
  done = last;
}
assert(done, "the answer came to its end");

// Its token ends where its scopes end: it may run models, not pull new ones.
const refused = await agent.fetch("/api/pull", {
  method: "POST",
  body: JSON.stringify({ model: "attach/none" }),
});
const { code, challenge } = await readError(refused);
assert.equal(code, "insufficient_scope");
console.log(`\n/api/pull is refused: it needs ${challenge?.scopes.join(" ")}`);

await agent.revoke();
await assert.rejects(agent.fetch("/api/tags"), { code: "agent_revoked" });
console.log("revoked: the agent is done");

interface ChatLine {
  readonly message?: { readonly content: string };
  readonly done: boolean;
}

/** The lines of a stream as they come, each one JSON. */
async function* lines({ body }: Response): AsyncGenerator<ChatLine> {
  assert(body);
  let rest = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const complete = (rest + chunk).split("\n");
    rest = complete.pop() ?? "";
    for (const line of complete) yield JSON.parse(line);
  }
}
