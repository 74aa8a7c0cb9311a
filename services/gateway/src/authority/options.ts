import type { Clock } from "../core/clock.ts";
import type { AssertionVerifier } from "../core/ports/assertions.ts";
import type { DpopVerifier } from "../core/ports/dpop.ts";
import type { IdentityVerifier } from "../core/ports/identity.ts";
import type { SigningKeys } from "../core/ports/keys.ts";
import type { Policy } from "../core/ports/policy.ts";
import type { Revocations } from "../core/ports/revocations.ts";
import type { Store } from "../core/ports/store.ts";
import type { WalletLogin } from "../core/ports/wallet-login.ts";
import type { Principal } from "../core/principal.ts";

/** What the authority needs, and nothing more. */
export interface AuthorityOptions {
  readonly clock: Clock;
  readonly identity: IdentityVerifier;
  readonly assertions: AssertionVerifier;
  readonly dpop: DpopVerifier;
  /** Asked after the scopes have said yes: it only takes away. */
  readonly policy: Policy;
  /** `report`: what the policy refuses is logged and let through. Scopes, chains and credentials are always enforced. */
  readonly enforce: "on" | "report";
  readonly store: Store;
  readonly keys: SigningKeys;
  readonly revocations: Revocations;
  /** The subkey for session ids, 32 bytes. */
  readonly sessionKey: Buffer;
  /** The same, remembered by principal: the session that a principal's own calls with this user agent have (CONTRACT §4). */
  readonly sessions: (principal: Principal, userAgent: string) => string;
  /** The subkeys that client secrets are hashed under, newest first. */
  readonly clientSecretKeys: readonly Buffer[];
  /** Our issuer and the audience of agent tokens: an origin without a trailing slash. */
  readonly publicUrl: string;
  /** Whether an agent id that nobody registered may be named (S01). */
  readonly registration: "open" | "registered";
  readonly tokens: TokenRules;
  /** Log-in by wallet; absent: off. */
  readonly wallets?: WalletLogin | undefined;
  readonly log: AuthorityLog;
}

export interface TokenRules {
  readonly ttlSeconds: number;
  readonly minTtlSeconds: number;
  readonly maxTtlSeconds: number;
  /** How long a delegation may be renewed. */
  readonly sessionMaxSeconds: number;
  readonly scopeMode: "strict" | "lenient";
  /** Most agents in one chain (T04), itself at most `MAX_DELEGATION_DEPTH`. */
  readonly depth: number;
}

/** Never given a token. */
export interface AuthorityLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
