import type { Clock } from "./clock.ts";
import { opaqueSecret } from "./ids.ts";
import type { Verification } from "./ports/identity.ts";
import type { Principal } from "./principal.ts";
import { ok, refuse } from "./result.ts";

/** Stands before a secret of 256 bits; no JWT begins so, and nobody else can guess one. */
const PREFIX = "local-pass:";

/** Bearers for one request of this process to itself, each good for one use. They never leave the process, and are kept nowhere. */
export interface Passes {
  admit(principal: Principal): string;
  /** Takes back a pass that was not used. */
  withdraw(pass: string): void;
  /** `undefined`: not a pass. */
  judge(bearer: string): Verification | undefined;
}

/** Whoever is let in again is judged again: time has passed since they were verified. */
export function createPasses({
  clock,
  isRevoked,
}: {
  readonly clock: Clock;
  readonly isRevoked: (principal: Principal) => boolean;
}): Passes {
  const standing = new Map<string, Principal>();
  return {
    admit(principal) {
      const pass = PREFIX + opaqueSecret();
      standing.set(pass, principal);
      return pass;
    },
    withdraw: (pass) => void standing.delete(pass),
    judge(bearer) {
      if (!bearer.startsWith(PREFIX)) return undefined;
      const principal = standing.get(bearer);
      if (principal === undefined) return refuse("malformed");
      standing.delete(bearer);
      if (principal.expiresAt <= clock.now()) return refuse("expired");
      return isRevoked(principal) ? refuse("revoked") : ok(principal);
    },
  };
}
