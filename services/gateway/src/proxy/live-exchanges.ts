import type { GatewayError } from "../core/errors.ts";
import type { Principal } from "../core/principal.ts";

/** A relayed request that is under way. */
export interface LiveExchange {
  readonly principal: Principal;
  /** Where it stands in the list; the list's own. */
  slot: number;
  fail(error: GatewayError): void;
}

export interface LiveExchanges {
  add(exchange: LiveExchange): void;
  delete(exchange: LiveExchange): void;
  /** Ends soon every exchange whose principal is no longer let in. Cheap to call often. */
  sweep(): void;
}

/** Least time between two looks at all exchanges, in milliseconds: a flood of revocations costs no more than this lets through. */
const SWEEP_EVERY_MS = 20;

/**
 * What is in flight, so that a stream on a token that was revoked can be cut (T05). A request pays for a place in a list and
 * nothing else; who goes is found out when something was revoked, by the same judgement that lets a new request in.
 *
 * An array and not a `Set`: V8 links a set's outgrown table to the one that follows it, and once one of them is old, all that
 * ever stood in the later ones stays in memory until the next full collection. It was a tenth of the relay's time.
 */
export function createLiveExchanges(judge: {
  readonly isRevoked: (principal: Principal) => boolean;
  readonly refusal: () => GatewayError;
}): LiveExchanges {
  const live: LiveExchange[] = [];
  let sweptAt = Number.NEGATIVE_INFINITY;
  let due: NodeJS.Timeout | undefined;

  function look(): void {
    due = undefined;
    sweptAt = performance.now();
    // A copy, since whoever fails leaves the list.
    for (const exchange of [...live]) if (judge.isRevoked(exchange.principal)) exchange.fail(judge.refusal());
  }

  return {
    add(exchange) {
      exchange.slot = live.length;
      live.push(exchange);
    },
    delete(exchange) {
      const { slot } = exchange;
      if (live[slot] !== exchange) return;
      const last = live.pop();
      if (last === undefined || last === exchange) return;
      live[slot] = last;
      last.slot = slot;
    },
    sweep() {
      if (due !== undefined || live.length === 0) return;
      const wait = sweptAt + SWEEP_EVERY_MS - performance.now();
      // Not within the call: a batch of records is taken in first.
      due = setTimeout(look, Math.max(0, wait));
    },
  };
}
