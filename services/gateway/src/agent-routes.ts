import type { FastifyInstance } from "fastify";
import { type A2aRoutesOptions, a2aRoutes } from "./a2a/routes.ts";
import type { AuthorityOptions } from "./authority/options.ts";
import type { Config } from "./config/config.ts";
import type { Keyring } from "./core/keyring.ts";
import { type openDoors, openSealed } from "./open-doors.ts";

export interface AgentRouteOptions
  extends Pick<A2aRoutesOptions, "identity" | "handOff" | "calls" | "live" | "log"> {
  readonly config: Config;
  readonly authority: AuthorityOptions;
  readonly doors: ReturnType<typeof openDoors>;
  readonly keyring: Keyring;
}

/** The agents behind the gateway. */
export async function registerAgents(
  own: FastifyInstance,
  { config, authority, doors, keyring, ...rest }: AgentRouteOptions,
): Promise<void> {
  await own.register(a2aRoutes, {
    ...authority,
    ...doors,
    ...rest,
    seal: (id, text) => keyring.seal("pushes", id, text),
    open: (id, sealed) => openSealed(keyring, id, sealed),
    maxBodyBytes: config.server.maxBodyBytes,
    defaultAgent: config.a2a.defaultAgent,
  });
}
