import type { AgentRecord, GrantRecord } from "../../../core/ports/agents.ts";
import type { Connection } from "../connect.ts";
import { REGISTRY_VERSION } from "../writes/facts.ts";
import type { agentReads } from "./agents.ts";
import type { grantReads } from "./grants.ts";

/** Answers kept of either kind, also of what is not there: callers choose whom they name. A few megabytes at most. */
const MAX_KNOWN = 16_384;

/**
 * Agents and grants as every token request asks for them, in memory. Whoever changes either, in whatever process, counts
 * `registry-version` up in the same transaction; it is read once in a turn of the event loop, before the first answer of that
 * turn. So nobody who was told of a change gets an answer from before it, and the price is one small read for all the requests
 * that came in together.
 */
export function knownRegistry(
  db: Connection,
  read: {
    readonly agents: ReturnType<typeof agentReads>;
    readonly grants: ReturnType<typeof grantReads>;
  },
) {
  const readVersion = db.prepare<[string], string>("select value from facts where name = ?").pluck();
  // Nearly always there is none: to find that out is not worth a query builder's time.
  const isGranted = db.prepare<[string, string, string | null, string], 1>(
    "select 1 from grants where owner_iss = ? and owner_sub = ? and tenant is ? and agent = ?",
  );
  const agents = new Map<string, AgentRecord | undefined>();
  const grants = new Map<string, GrantRecord | undefined>();
  let version: string | undefined;
  let isCurrent = false;
  const look = () => {
    isCurrent = false;
  };

  /** The version first, then what it is the version of: what is kept is never older than it says. */
  function catchUp(): void {
    if (isCurrent) return;
    const found = readVersion.get(REGISTRY_VERSION);
    if (found !== version) {
      agents.clear();
      grants.clear();
      version = found;
    }
    isCurrent = true;
    setImmediate(look);
  }

  return {
    /** To be called when a write of this process is done: its caller may ask in the same turn. */
    look,
    findAgent: (id: string) => answer(agents, id, () => read.agents.find(id)),
    findGrant(owner: GrantRecord["owner"], agent: string) {
      const { iss, sub, tenant } = owner;
      return answer(grants, JSON.stringify([agent, iss, sub, tenant]), () =>
        isGranted.get(iss, sub, tenant, agent) === undefined ? undefined : read.grants.find(owner, agent),
      );
    },
  };

  function answer<T>(known: Map<string, T | undefined>, key: string, ask: () => T | undefined) {
    catchUp();
    const found = known.get(key);
    if (found !== undefined || known.has(key)) return found;
    const fresh = ask();
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, fresh);
    return fresh;
  }
}
