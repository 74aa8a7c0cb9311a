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

export interface AuthorityParts extends Pick<AuthorityOptions, Ports> {
  readonly config: Config;
  readonly keyring: Pick<Keyring, "subkey">;
  readonly lasting: LastingKeys;
}

/** What the authority works with, put together. */
export function authorityOptions({ config, keyring, lasting, ...ports }: AuthorityParts): AuthorityOptions {
  const { clock } = ports;
  const { publicUrl } = config.server;
  return {
    ...ports,
    assertions: createAssertionVerifier({ clock, audience: publicUrl }),
    enforce: config.enforce,
    clientSecretKeys: lasting.clientSecrets,
    sessionKey: lasting.sessions,
    publicUrl,
    registration: config.agents.registration,
    tokens: config.tokens,
    wallets: createWalletLogin(config, { clock, nonceKey: keyring.subkey("siwe-nonces") }),
  };
}

/** The token endpoint and what stands around it, and what people manage of it. */
export async function registerAuthority(
  own: FastifyInstance,
  authority: AuthorityOptions,
  { limits }: Config,
): Promise<void> {
  await own.register(authorityRoutes, authority);
  await own.register(managementRoutes, {
    ...authority,
    most: { agents: limits.agentsPerUser, grants: limits.grantsPerUser },
  });
}
