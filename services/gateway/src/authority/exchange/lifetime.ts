import { ok, type Result, refuse } from "../../core/result.ts";
import type { TokenRules } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";

export interface LifetimeQuestion {
  /** Seconds, as the caller wrote it; `undefined`: the default. */
  readonly ttl: string | undefined;
  readonly now: number;
  /** None of these may the token outlive: the user's own token, the delegation. Milliseconds since the epoch. */
  readonly limits: readonly number[];
  readonly rules: Pick<TokenRules, "ttlSeconds" | "minTtlSeconds" | "maxTtlSeconds"> & {
    /** The longest its record allows this agent; `null`: no less than others. */
    readonly agentTtlSeconds: number | null;
  };
}

/**
 * When the token ends, in milliseconds since the epoch, on a full second. A lifetime out of range is refused; one that
 * reaches past the user's own token, or what the agent's record allows, is cut there.
 */
export function decideExpiry({
  ttl,
  now,
  limits,
  rules,
}: LifetimeQuestion): Result<number, AuthorityRefusal> {
  const { ttlSeconds, minTtlSeconds: min, maxTtlSeconds: max } = rules;
  const asked = ttl === undefined ? ttlSeconds : wholeNumber(ttl);
  if (asked === undefined || (ttl !== undefined && (asked < min || asked > max))) {
    return refuse({ kind: "lifetime_out_of_range", min, max });
  }
  const seconds = Math.min(asked, rules.agentTtlSeconds ?? asked);
  const second = Math.floor(now / 1000) * 1000;
  const limit = Math.floor(Math.min(...limits) / 1000) * 1000;
  const expiresAt = Math.min(second + seconds * 1000, limit);
  // The skew that is granted to other issuers' clocks lets a token in that has just ended; nothing is made of it.
  return expiresAt > now ? ok(expiresAt) : refuse({ kind: "subject_refused", refusal: "expired" });
}

function wholeNumber(text: string): number | undefined {
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined;
}
