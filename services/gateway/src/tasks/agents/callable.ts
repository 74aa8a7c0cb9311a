import type { AgentRecord } from "../../core/ports/agents.ts";

/** An agent that can be called. */
export interface CallableAgent extends AgentRecord {
  readonly endpoint: NonNullable<AgentRecord["endpoint"]>;
}
