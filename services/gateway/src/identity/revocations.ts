import { actorChain } from "@attach-dev/protocol";
import type { Clock } from "../core/clock.ts";
import { uuidv7Time } from "../core/ids.ts";
import { ownerKey } from "../core/owner.ts";
import type { RevocationRecord, Revocations } from "../core/ports/revocations.ts";
import type { AgentPrincipal, Principal, ServicePrincipal, UserPrincipal } from "../core/principal.ts";

/** Most records held: some 30 MB. Past it the oldest are folded into one date (see `fold`). */
const MAX_RECORDS = 200_000;
/** How many records each new one looks at for removal: the cost is spread, no sweep stops the process. */
const PURGE_STEP = 16;

interface Entry {
  readonly at: number;
  readonly until: number;
}

type Kind = RevocationRecord["kind"];

/** The revocation sets that every verification asks. Memory only: the store fills them before the server listens (S20). */
export function createRevocations({
  clock,
  maxRecords = MAX_RECORDS,
}: {
  readonly clock: Clock;
  readonly maxRecords?: number;
}): Revocations {
  const dead: Record<Kind, Map<string, Entry>> = {
    jti: new Map(),
    dlg: new Map(),
    sid: new Map(),
    agent: new Map(),
    user: new Map(),
  };
  const kinds = Object.keys(dead) as Kind[];
  const purge = createPurge(Object.values(dead), clock);
  /** Everything issued at or before these is dead: what stands for the records that were folded. */
  let agentFloor = 0;
  let userFloor = 0;
  let size = 0;
  const listeners: (() => void)[] = [];

  function apply(record: RevocationRecord): void {
    size -= purge();
    const map = dead[record.kind];
    const known = map.get(record.value);
    // Two records of one id: the later epoch and the longer memory hold. Re-inserted, so that a map is in order of arrival.
    const at = Math.max(record.at, known?.at ?? 0);
    const until = Math.max(record.until, known?.until ?? 0);
    if (known === undefined) size++;
    else map.delete(record.value);
    map.set(record.value, { at, until });
    if (size > maxRecords) fold();
    if (known === undefined || at > known.at) for (const listener of listeners) listener();
  }

  /**
   * Bounded memory that fails closed: the oldest record of the fullest map goes, and in its place every token as old as it is
   * refused. Agents renew and go on; nothing that was revoked comes back.
   */
  function fold(): void {
    const fullest = kinds.reduce((a, b) => (dead[b].size > dead[a].size ? b : a));
    const [oldest] = dead[fullest];
    if (oldest === undefined) return;
    agentFloor = Math.max(agentFloor, oldest[1].at);
    if (fullest === "user") userFloor = Math.max(userFloor, oldest[1].at);
    dead[fullest].delete(oldest[0]);
    size--;
  }

  function isOwnerRevoked({ owner }: Principal, issuedAt: number): boolean {
    // Not simply `<=`: a token that says no `iat` counts as issued at 0.
    if (userFloor > 0 && issuedAt <= userFloor) return true;
    return dead.user.size > 0 && reaches(dead.user.get(ownerKey(owner)), issuedAt);
  }

  function isAgentRevoked(principal: AgentPrincipal): boolean {
    const { jti, delegation, ancestors, session, act } = principal;
    if (dead.jti.has(jti) || dead.dlg.has(delegation)) return true;
    for (const ancestor of ancestors) if (dead.dlg.has(ancestor)) return true;
    if (dead.sid.size + dead.agent.size + dead.user.size + agentFloor === 0) return false;
    // Our `jti` tells the millisecond; `iat` alone would kill a token issued later in the same second (S12).
    const issuedAt = uuidv7Time(jti) ?? principal.issuedAt;
    if (issuedAt <= agentFloor || reaches(dead.sid.get(session), issuedAt)) return true;
    if (dead.agent.size > 0) {
      // Everyone in the chain: what a suspended agent handed on dies with it.
      for (const agent of actorChain(act)) if (reaches(dead.agent.get(agent), issuedAt)) return true;
    }
    return isOwnerRevoked(principal, issuedAt);
  }

  /** A registered agent that acts for itself, by a token of ours. */
  function isAccountRevoked(
    principal: ServicePrincipal,
    { client, delegation, session }: NonNullable<ServicePrincipal["account"]>,
  ): boolean {
    const { jti } = principal;
    if (dead.dlg.has(delegation) || (jti !== null && dead.jti.has(jti))) return true;
    const issuedAt = (jti === null ? undefined : uuidv7Time(jti)) ?? principal.issuedAt;
    if (agentFloor > 0 && issuedAt <= agentFloor) return true;
    if (reaches(dead.sid.get(session), issuedAt) || reaches(dead.agent.get(client), issuedAt)) return true;
    return isOwnerRevoked(principal, issuedAt);
  }

  /** A person's own token that we issued: by its id and node; a revoked session leaves a user's own token be (S12). */
  function isLoginRevoked(
    principal: UserPrincipal,
    { delegation }: NonNullable<UserPrincipal["login"]>,
  ): boolean {
    const { jti } = principal;
    if (dead.dlg.has(delegation) || (jti !== null && dead.jti.has(jti))) return true;
    const issuedAt = (jti === null ? undefined : uuidv7Time(jti)) ?? principal.issuedAt;
    return (agentFloor > 0 && issuedAt <= agentFloor) || isOwnerRevoked(principal, issuedAt);
  }

  return {
    apply,
    onApplied: (listener) => void listeners.push(listener),
    isRevoked(principal) {
      if (principal.kind === "agent") return isAgentRevoked(principal);
      if (principal.kind === "service" && principal.account !== undefined)
        return isAccountRevoked(principal, principal.account);
      if (principal.kind === "user" && principal.login !== undefined)
        return isLoginRevoked(principal, principal.login);
      return isOwnerRevoked(principal, principal.issuedAt);
    },
  };
}

/** An epoch kills what was issued at or before it. */
function reaches(epoch: Entry | undefined, issuedAt: number): boolean {
  return epoch !== undefined && issuedAt <= epoch.at;
}

/** Removes a few outlived records at each call, going round the maps. @returns how many were removed */
function createPurge(maps: readonly Map<string, Entry>[], clock: Clock): () => number {
  let turn = 0;
  let rest = maps[0]?.entries();
  return () => {
    const now = clock.now();
    let removed = 0;
    for (let step = 0; step < PURGE_STEP; step++) {
      const next = rest?.next();
      if (next === undefined || next.done) {
        turn = (turn + 1) % maps.length;
        rest = maps[turn]?.entries();
      } else if (next.value[1].until <= now) {
        maps[turn]?.delete(next.value[0]);
        removed++;
      }
    }
    return removed;
  };
}
