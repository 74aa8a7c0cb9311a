import type { AgentRecord } from "../../core/ports/agents.ts";
import type { Policy, PolicyQuestion } from "../../core/ports/policy.ts";
import { failed, type Work, type Worker } from "../worker.ts";
import type { CallableAgent } from "./callable.ts";
import { type ConversationOptions, converse } from "./converse.ts";
import { type PostOptions, postToAgent } from "./post-to-agent.ts";

export interface AgentWorkerOptions extends ConversationOptions, PostOptions {
  readonly findAgent: (id: string) => Promise<AgentRecord | undefined>;
  readonly policy: Policy;
  readonly enforce: "on" | "report";
}

/** Hands a task to a registered agent, in the protocol that it is registered with (A04). */
export function agentWorker(options: AgentWorkerOptions): Worker {
  return async (work) => {
    if (work.target.kind !== "agent") throw new Error("not an agent");
    // Looked up anew: it may have been suspended, or have moved, since the task was handed over.
    const agent = await options.findAgent(work.target.id);
    if (!isCallable(agent)) return failed("no_agent", "there is no such agent any more");
    // By its own route, which asks the policies itself.
    if (agent.endpoint.protocol === "a2a") return converse(agent, work, options);
    const { allowed } = options.policy.decide(questionOf(agent, work));
    if (!allowed && options.enforce === "on")
      return failed("forbidden", "this is not allowed by the policies of this gateway");
    return postToAgent(agent, work, options);
  };
}

function isCallable(agent: AgentRecord | undefined): agent is CallableAgent {
  return agent !== undefined && agent.status === "active" && agent.endpoint !== null;
}

/** As calls to A2A agents are judged: an agent stands among the upstreams, by `agent:` and its id. */
function questionOf({ id }: AgentRecord, { order }: Work): PolicyQuestion {
  return {
    action: "call",
    principal: order.principal,
    upstream: `agent:${id}`,
    method: "POST",
    path: `/a2a/agents/${id}`,
    scope: "a2a:send",
    model: null,
  };
}
