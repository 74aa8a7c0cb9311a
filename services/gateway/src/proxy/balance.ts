import type { Upstream } from "./upstream.ts";

/** Why no upstream of a pool takes a request. */
export interface NoUpstream {
  readonly why: "full" | "failing";
  /** When asking again may help, in milliseconds. */
  readonly waitMs: number;
}

/** Upstreams that serve the same requests. */
export interface Pool {
  readonly members: readonly [Upstream, ...Upstream[]];
  /** The next one to ask, without those that were asked before. */
  pick(tried?: readonly Upstream[]): Upstream | NoUpstream;
}

/**
 * The lowest priority number that has somebody to take the request; among them by weight, spread evenly (smooth weighted round
 * robin). Whoever the last health check did not find is asked where nobody else is left: the check may be wrong.
 */
export function createPool(members: Pool["members"]): Pool {
  const lone = members.length === 1 ? members[0] : undefined;
  const credits = new Map<Upstream, number>(members.map((member) => [member, 0]));

  function balance(ready: readonly Upstream[]): Upstream | undefined {
    const first = Math.min(...ready.map(({ priority }) => priority));
    const equals = ready.filter(({ priority }) => priority === first);
    let best: Upstream | undefined;
    let total = 0;
    for (const one of equals) {
      const credit = (credits.get(one) ?? 0) + one.weight;
      credits.set(one, credit);
      total += one.weight;
      if (best === undefined || credit > (credits.get(best) ?? 0)) best = one;
    }
    if (best !== undefined) credits.set(best, (credits.get(best) ?? 0) - total);
    return best;
  }

  return {
    members,
    pick(tried = []) {
      if (lone?.breaker.admits && hasRoom(lone) && tried.length === 0) return lone;
      const left = members.filter((member) => !tried.includes(member));
      const ready = left.filter((member) => member.breaker.admits && hasRoom(member));
      const well = ready.filter(({ healthy }) => healthy !== false);
      return balance(well.length > 0 ? well : ready) ?? nobody(left);
    },
  };
}

const hasRoom = ({ active, connections }: Upstream): boolean => active < connections;

/** Full connections come free sooner than a failing engine comes back. */
const FULL_WAIT_MS = 1_000;

function nobody(left: readonly Upstream[]): NoUpstream {
  if (left.some(({ breaker }) => breaker.admits)) return { why: "full", waitMs: FULL_WAIT_MS };
  return {
    why: "failing",
    waitMs: Math.min(FULL_WAIT_MS * 60, ...left.map(({ breaker }) => breaker.waitMs)),
  };
}

export function isUpstream(picked: Upstream | NoUpstream): picked is Upstream {
  return !("why" in picked);
}
