import type { GatewayError } from "../core/errors.ts";
import type { Principal } from "../core/principal.ts";

/** A relayed request that is under way. */
export interface LiveExchange {
  readonly principal: Principal;
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
 * What is in flight, so that a stream on a token that was revoked can be cut (T05). A request pays for a place in a set and
 * nothing else; who goes is found out when something was revoked, by the same judgement that lets a new request in.
 */
export function createLiveExchanges(judge: {
  readonly isRevoked: (principal: Principal) => boolean;
  readonly refusal: () => GatewayError;
}): LiveExchanges {
  const live = new Set<LiveExchange>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  let due: NodeJS.Timeout | undefined;

  function look(): void {
    due = undefined;
    sweptAt = performance.now();
    for (const exchange of live) if (judge.isRevoked(exchange.principal)) exchange.fail(judge.refusal());
  }

  return {
    add: (exchange) => void live.add(exchange),
    delete: (exchange) => void live.delete(exchange),
    sweep() {
      if (due !== undefined || live.size === 0) return;
      const wait = sweptAt + SWEEP_EVERY_MS - performance.now();
      // Not within the call: a batch of records is taken in first.
      due = setTimeout(look, Math.max(0, wait));
    },
  };
}
