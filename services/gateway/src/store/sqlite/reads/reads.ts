import type { Store } from "../../../core/ports/store.ts";
import type { Connection } from "../connect.ts";
import { queries } from "../drizzle.ts";
import { a2aReads } from "./a2a.ts";
import { agentReads } from "./agents.ts";
import { auditReads } from "./audit.ts";
import { delegationReads } from "./delegations.ts";
import { grantReads } from "./grants.ts";
import { knownRegistry } from "./known.ts";
import { revocationReads } from "./revocations.ts";
import { signingKeyReads } from "./signing-keys.ts";
import { taskReads } from "./tasks.ts";
import { tokenReads } from "./tokens.ts";
import { usageReads } from "./usage.ts";

export type ReadVerbs = Pick<
  Store,
  | "findDelegation"
  | "findToken"
  | "findSessionOwner"
  | "findGrantById"
  | "listTokens"
  | "findAgent"
  | "findAgentByResource"
  | "findAgentByUrl"
  | "listAgents"
  | "findGrant"
  | "listGrants"
  | "revocationsSince"
  | "loadRevocations"
  | "loadSigningKeys"
> & {
  readonly trail: ReturnType<typeof auditReads>;
  /** This process has changed an agent or a grant. */
  registryChanged(): void;
  readonly usage: ReturnType<typeof usageReads>;
  readonly tasks: ReturnType<typeof taskReads>;
  readonly a2a: Pick<Store["a2a"], "ownerOf" | "countTasks" | "findPush">;
};

/** The verbs of the store that only read. */
export function createReads(db: Connection): ReadVerbs {
  const typed = queries(db);
  const delegations = delegationReads(typed);
  const tokens = tokenReads(typed);
  const agents = agentReads(typed);
  const grants = grantReads(typed);
  const known = knownRegistry(db, { agents, grants });
  const revocations = revocationReads(typed);
  const keys = signingKeyReads(typed);
  const a2a = a2aReads(typed);
  return {
    findDelegation: async (id) => delegations.find(id),
    findToken: async (jti) => tokens.find(jti),
    findSessionOwner: async (session) => delegations.ownerOfSession(session),
    findGrantById: async (id) => grants.findById(id),
    listTokens: async (question) => tokens.list(question),
    findAgent: async (id) => known.findAgent(id),
    findAgentByResource: async (resource) => agents.findByResource(resource),
    findAgentByUrl: async (url) => agents.findByUrl(url),
    listAgents: async (question) => agents.list(question),
    findGrant: async (owner, agent) => known.findGrant(owner, agent),
    listGrants: async (question) => grants.list(question),
    revocationsSince: async (seq) => revocations.since(seq),
    loadRevocations: async (now) => revocations.live(now),
    loadSigningKeys: async () => keys.all(),
    trail: auditReads(typed),
    registryChanged: known.look,
    usage: usageReads(typed),
    tasks: taskReads(typed),
    a2a: {
      ownerOf: async (thing) => a2a.ownerOf(thing),
      countTasks: async (agent, owner) => a2a.countTasks(agent, owner),
      findPush: async (id) => a2a.findPush(id),
    },
  };
}
