import type { FastifyInstance } from "fastify";
import type { LastingKeys } from "./authority/keys/adopt-secret.ts";
import { managementRoutes } from "./authority/management.ts";
import type { AuthorityOptions } from "./authority/options.ts";
import { authorityRoutes } from "./authority/routes.ts";
import type { Config } from "./config/config.ts";
import type { Keyring } from "./core/keyring.ts";
import { createAssertionVerifier } from "./identity/assertion.ts";
import { createWalletLogin } from "./identity/did/siwe.ts";

type Ports = "clock" | "identity" | "dpop" | "policy" | "store" | "keys" | "revocations" | "sessions" | "log";

export interface AuthorityRouteOptions extends Pick<AuthorityOptions, Ports> {
  readonly config: Config;
  readonly keyring: Pick<Keyring, "subkey">;
  readonly lasting: LastingKeys;
}

/** The token endpoint and what stands around it, and what people manage of it. */
export async function registerAuthority(
  own: FastifyInstance,
  { config, keyring, lasting, ...ports }: AuthorityRouteOptions,
): Promise<void> {
  const { publicUrl } = config.server;
  const { clock, identity, dpop, store, revocations } = ports;
  await own.register(authorityRoutes, {
    ...ports,
    assertions: createAssertionVerifier({ clock, audience: publicUrl }),
    enforce: config.enforce,
    clientSecretKeys: lasting.clientSecrets,
    sessionKey: lasting.sessions,
    publicUrl,
    registration: config.agents.registration,
    tokens: config.tokens,
    wallets: createWalletLogin(config, { clock, nonceKey: keyring.subkey("siwe-nonces") }),
  });
  await own.register(managementRoutes, {
    clock,
    identity,
    dpop,
    store,
    revocations,
    most: { agents: config.limits.agentsPerUser, grants: config.limits.grantsPerUser },
    clientSecretKeys: lasting.clientSecrets,
    publicUrl,
  });
}
