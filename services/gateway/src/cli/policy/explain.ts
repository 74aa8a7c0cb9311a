import type { PolicyQuestion } from "../../core/ports/policy.ts";
import type { Principal } from "../../core/principal.ts";
import { type Call, EXIT } from "../call.ts";
import type { ToolOrder } from "../tool.ts";
import { toolConfig } from "../tool-config.ts";
import { loadPolicies } from "./load.ts";
import { readQuestion } from "./question.ts";

/** What the policies say to a question, and which of them said it. */
export async function explain(call: Call, { flags }: ToolOrder): Promise<number> {
  const { server, upstreams, policy: config } = toolConfig(call, flags);
  const named = upstreams.find(({ name }) => flags["upstream"]?.includes(name));
  const question = readQuestion(flags, { publicUrl: server.publicUrl, upstream: named ?? upstreams[0] });
  const policy = await loadPolicies(call, config);
  const { allowed, policies, faults } = policy.explain(question);
  const decision = allowed ? "allow" : "deny";
  const by = policy.policies.filter(({ id }) => policies.includes(id));
  if (flags["json"] !== undefined) {
    const named = by.map(({ id, file, json }) => ({ id, file, effect: json.effect }));
    call.say(JSON.stringify({ decision, version: policy.version, policies: named, faults }));
    return EXIT.ok;
  }
  call.say(`${decision}: ${describe(question)}`);
  if (by.length === 0) call.say("No policy permits it.");
  for (const { id, file, text } of by) call.say(`\n${id} (${file}):\n${indent(text)}`);
  for (const { id, problem } of faults)
    call.say(`\n${id || "the request"} could not be worked out: ${problem}`);
  call.say(`\nPolicies are asked after the scopes, and only take away. Version ${policy.version}.`);
  return EXIT.ok;
}

function describe(question: PolicyQuestion): string {
  switch (question.action) {
    case "call": {
      const { principal, method, path, scope, model, upstream } = question;
      const what = `${method} ${path} on ${upstream}${model === null ? "" : ` with the model ${model}`}`;
      return `${who(principal)} calls ${what} (needs ${scope})`;
    }
    case "exchange":
      return `${who(question.subject)} gets a token for ${question.agent}: ${question.scopes.join(" ")}`;
    case "account":
      return `${who(question.subject)} gets a token of its own: ${question.scopes.join(" ")}`;
    case "delegate":
      return `${who(question.subject)} hands on to ${question.to}: ${question.scopes.join(" ")}`;
  }
}

function who(principal: Principal): string {
  const owner = `${principal.owner.iss}|${principal.owner.sub}`;
  return principal.kind === "agent" ? `${principal.agent} for ${owner}` : owner;
}

const indent = (text: string) => text.replace(/^/gm, "  ");
