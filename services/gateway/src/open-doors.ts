import type { A2aRoutesOptions } from "./a2a/routes.ts";
import type { Config } from "./config/config.ts";
import { createAddressGuard } from "./outbound/guard.ts";
import { createOutbound } from "./outbound/outbound.ts";
import { createPeers } from "./proxy/peers.ts";

type Doors = Pick<A2aRoutesOptions, "outboundFor" | "peersFor" | "webhooks"> & { close(): Promise<void> };

/**
 * The ways out to agents and webhooks (S18). What the operator has written into the configuration may stand in their own network; what somebody
 * registered over the API may not, unless OUTBOUND_ALLOW names its host.
 */
export function openDoors({ forOthers, forAgents }: Config["outbound"]): Doors {
  const others = createAddressGuard(forOthers.allowedHosts);
  const registered = { outbound: createOutbound(forOthers), peers: createPeers({ guard: others }) };
  const configured = {
    outbound: createOutbound(forAgents),
    peers: createPeers({ guard: createAddressGuard(forAgents.allowedHosts) }),
  };
  const webhooks = createOutbound(forOthers);
  const doorOf = ({ source }: { readonly source: string }) => (source === "config" ? configured : registered);
  return {
    outboundFor: (agent) => doorOf(agent).outbound,
    peersFor: (agent) => doorOf(agent).peers,
    webhooks: {
      outbound: webhooks,
      guard: others,
      allowedHosts: new Set(forOthers.allowedHosts.map((host) => host.toLowerCase())),
    },
    async close() {
      for (const { outbound, peers } of [registered, configured]) {
        outbound.close();
        await peers.close();
      }
      webhooks.close();
    },
  };
}
