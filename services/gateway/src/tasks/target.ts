import { GatewayError } from "../core/errors.ts";
import type { AgentRecord } from "../core/ports/agents.ts";

/** Who does a task. */
export type Target =
  | { readonly kind: "engine" }
  | { readonly kind: "agent"; readonly id: string }
  | {
      readonly kind: "workflow";
      /** The workflow's type. */
      readonly name: string;
      /** `null`: the configured one. */
      readonly queue: string | null;
    };

/** Where agents are looked up: by id, and by the exact address they are registered with. */
export interface AgentDirectory {
  findAgent(id: string): Promise<AgentRecord | undefined>;
  findAgentByUrl(url: string): Promise<AgentRecord | undefined>;
}

const AGENT_ID = /^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,127}$/;
const NAME = /^[A-Za-z_][\w.-]{0,199}$/;

/**
 * Where a task goes (A04): to the engine, to an agent that is registered, by its id or its exact address, or to a workflow. Never to an
 * address that only the caller names.
 * @throws GatewayError `bad_request`, the same for an agent that there is not and one without an address
 */
export async function resolveTarget(text: string | undefined, agents: AgentDirectory): Promise<Target> {
  if (text === undefined) return { kind: "engine" };
  if (text.startsWith("temporal:")) return readWorkflow(text);
  const agent = text.startsWith("agent://")
    ? await findById(text.slice("agent://".length), agents)
    : await agents.findAgentByUrl(text);
  if (agent?.endpoint == null || agent.status !== "active") throw unknown();
  return { kind: "agent", id: agent.id };
}

const findById = (id: string, agents: AgentDirectory) =>
  AGENT_ID.test(id) ? agents.findAgent(id) : undefined;

/** `temporal://WorkflowName?taskQueue=…` */
function readWorkflow(text: string): Target {
  const [, name = "", query = ""] = /^temporal:\/\/([^?/#]*)(?:\?([^#]*))?$/.exec(text) ?? [];
  const members = [...new URLSearchParams(query)];
  const [[key, queue] = ["taskQueue", null]] = members;
  if (!NAME.test(name) || members.length > 1 || key !== "taskQueue" || (queue !== null && !NAME.test(queue)))
    throw new GatewayError(
      "bad_request",
      "target_url is no workflow: temporal://WorkflowName?taskQueue=name is expected",
    );
  return { kind: "workflow", name, queue };
}

const unknown = () =>
  new GatewayError(
    "bad_request",
    "target_url names no agent that is registered here: its exact address, agent://<id> or temporal://<workflow> is expected",
  );

/** A target as it is kept. */
export function writeTarget(target: Target): string {
  if (target.kind === "engine") return "engine";
  if (target.kind === "agent") return `agent:${target.id}`;
  return `workflow:${target.name}?${target.queue ?? ""}`;
}

/** Reads what `writeTarget` has written. */
export function readTarget(text: string): Target {
  const at = text.indexOf(":");
  const [kind, rest] = [text.slice(0, at), text.slice(at + 1)];
  if (kind === "agent") return { kind, id: rest };
  if (kind !== "workflow") return { kind: "engine" };
  const [name = "", queue = ""] = rest.split("?");
  return { kind, name, queue: queue === "" ? null : queue };
}
