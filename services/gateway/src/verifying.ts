import type { Config } from "./config/config.ts";
import type { Clock } from "./core/clock.ts";
import type { SigningKeys } from "./core/ports/keys.ts";
import type { RevocationFeed, Revocations } from "./core/ports/revocations.ts";
import type { Store } from "./core/ports/store.ts";
import { acceptForeign } from "./identity/foreign/foreign.ts";
import { createIdentity, type Identity } from "./identity/identity.ts";
import type { IdentityLog } from "./identity/log.ts";
import { createOutbound } from "./outbound/outbound.ts";

export interface VerifyingOptions {
  readonly config: Config;
  readonly keys: SigningKeys;
  readonly revocations: Revocations;
  readonly feed: Pick<RevocationFeed, "isStale">;
  readonly store: Pick<Store, "consumeOnce">;
  readonly clock: Clock;
  readonly log: IdentityLog;
}

/** Who says whom a token stands for: our own, the issuers', DIDs', and those that an identity provider exchanges. */
export function createVerifying({ config, ...options }: VerifyingOptions): Identity {
  const { keys, revocations, feed, store, clock, log } = options;
  const { publicUrl } = config.server;
  const verifier = createIdentity({
    clock,
    issuers: [...config.issuers],
    own: { issuer: publicUrl, audience: publicUrl, keys },
    outbound: createOutbound(config.outbound.forIssuers),
    revocations,
    isStale: feed.isStale,
    userScopes: [...config.scopes.user],
    admins: [...config.scopes.admins],
    did: config.did === null ? undefined : { ...config.did, consumeOnce: store.consumeOnce },
    log,
  });
  const outbound = createOutbound(config.foreign);
  return acceptForeign(verifier, { clock, ...config.foreign, outbound, log });
}
