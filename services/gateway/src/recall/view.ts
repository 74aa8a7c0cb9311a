import { actorChain } from "@attach-dev/protocol";
import type { MemoryReach } from "../core/ports/agents.ts";
import type { MemoryPart, MemoryView } from "../core/ports/memory.ts";
import type { AgentPrincipal, Principal } from "../core/principal.ts";
import type { RecallOptions } from "./options.ts";

type Asked = Pick<RecallOptions, "store" | "reach" | "clock">;

/** What the caller may see: a user all of theirs, an agent what its reach says. */
export async function viewOf(principal: Principal, options: Asked): Promise<MemoryView> {
  const { owner } = principal;
  if (principal.kind !== "agent") return { owner, within: null };
  const reach = await reachOf(principal, options);
  if (reach === "user") return { owner, within: null };
  const workflow: MemoryPart = { agent: null, root: principal.root };
  return { owner, within: reach === "session" ? [ownPart(principal), workflow] : [ownPart(principal)] };
}

/** What the caller may remove: an agent what it wrote itself, whatever it sees; it could hide its traces else. */
export function ownView(principal: Principal): MemoryView {
  const { owner } = principal;
  return { owner, within: principal.kind === "agent" ? [ownPart(principal)] : null };
}

/**
 * What an agent wrote. One that proved nothing and was made by another agent may have taken any name: it gets what that name
 * wrote in this workflow. Where it was made of the user's own token, the user has said who it is.
 */
function ownPart({ agent, agentAuth, ancestors, root }: AgentPrincipal): MemoryPart {
  const isKnown = agentAuth !== "none" || ancestors.length === 0;
  return { agent, root: isKnown ? null : root };
}

const WIDTH: Readonly<Record<MemoryReach, number>> = { own: 0, session: 1, user: 2 };

/** The narrowest of the whole chain: an agent that sees less could else ask another to look for it. */
async function reachOf({ owner, act }: AgentPrincipal, { store, reach, clock }: Asked): Promise<MemoryReach> {
  const grants = await Promise.all(actorChain(act).map((agent) => store.findGrant(owner, agent)));
  const now = clock.now();
  return grants
    .map((grant): MemoryReach => {
      if (grant === undefined) return reach;
      const hasEnded = grant.revokedAt !== null || (grant.expiresAt !== null && grant.expiresAt <= now);
      return hasEnded ? "own" : (grant.memory ?? reach);
    })
    .reduce((narrowest, one) => (WIDTH[one] < WIDTH[narrowest] ? one : narrowest), "user");
}
