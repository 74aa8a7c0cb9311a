import type { Clock } from "../core/clock.ts";
import type { AgentRecord } from "../core/ports/agents.ts";

/** An agent that can be called. */
export interface Callable extends AgentRecord {
  readonly endpoint: NonNullable<AgentRecord["endpoint"]>;
}

export interface Directory {
  /** `undefined`: unknown, suspended, or not an A2A agent; nobody is told which. */
  find(id: string): Promise<Callable | undefined>;
}

/** How long a record is gone by, in milliseconds: a suspension takes hold within it, and that of its tokens at once. */
const FRESH_MS = 1_000;
const ENTRIES = 1_024;

/** The registered agents that speak A2A, without a question to the database for each call. */
export function createDirectory({
  findAgent,
  clock,
}: {
  readonly findAgent: (id: string) => Promise<AgentRecord | undefined>;
  readonly clock: Clock;
}): Directory {
  const known = new Map<string, { readonly until: number; readonly agent: Callable | undefined }>();
  return {
    async find(id) {
      const now = clock.now();
      const standing = known.get(id);
      if (standing !== undefined && standing.until > now) return standing.agent;
      const record = await findAgent(id);
      const agent = isCallable(record) ? record : undefined;
      if (known.size >= ENTRIES) known.clear();
      known.set(id, { until: now + FRESH_MS, agent });
      return agent;
    },
  };
}

export function isCallable(record: AgentRecord | undefined): record is Callable {
  return record !== undefined && record.status === "active" && record.endpoint?.protocol === "a2a";
}
