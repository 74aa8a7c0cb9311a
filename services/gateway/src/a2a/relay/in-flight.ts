import { GatewayError } from "../../core/errors.ts";
import { type Owner, ownerKey } from "../../core/owner.ts";

/** Calls under way, so that one user cannot take an agent's connections from all others. */
export interface InFlight {
  /** @returns to be called when the call is over. @throws GatewayError `too_many_requests`, `overloaded` */
  enter(agent: string, owner: Owner): () => void;
}

const PER_OWNER = 32;
/** Fewer than the connections to one address. */
const PER_AGENT = 240;

const RETRY = { headers: { "Retry-After": "1" } };

export function createInFlight(limits: { perOwner?: number; perAgent?: number } = {}): InFlight {
  const { perOwner = PER_OWNER, perAgent = PER_AGENT } = limits;
  const counts = new Map<string, number>();
  const change = (key: string, by: 1 | -1): void => {
    const count = (counts.get(key) ?? 0) + by;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
  };
  return {
    enter(agent, owner) {
      const own = `${agent} ${ownerKey(owner)}`;
      if ((counts.get(own) ?? 0) >= perOwner)
        throw new GatewayError(
          "too_many_requests",
          "too many of your calls to this agent are under way",
          RETRY,
        );
      if ((counts.get(agent) ?? 0) >= perAgent)
        throw new GatewayError("overloaded", "the agent has no free connection", RETRY);
      change(own, 1);
      change(agent, 1);
      return () => {
        change(own, -1);
        change(agent, -1);
      };
    },
  };
}
