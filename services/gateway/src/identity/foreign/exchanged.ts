import { createHash } from "node:crypto";
import type { TokenRefusal } from "../../core/refusal.ts";
import type { Result } from "../../core/result.ts";

/** What came of a foreign token: the provider's token, or its refusal. */
export type Exchanged = Result<string, TokenRefusal>;

export interface ExchangedTokens {
  get(token: string, now: number): Exchanged | undefined;
  /** @param until milliseconds since the epoch */
  keep(token: string, exchanged: Exchanged, until: number): void;
  forget(token: string): void;
}

/** At most 16 KiB each: some 8 MB, and no more however many different tokens come. */
const MOST = 500;

/** By the token's hash, so that a foreign token is not kept at all. The oldest makes room. */
export function createExchangedTokens(): ExchangedTokens {
  const entries = new Map<string, { readonly exchanged: Exchanged; readonly until: number }>();
  return {
    get(token, now) {
      const entry = entries.get(hash(token));
      return entry !== undefined && entry.until > now ? entry.exchanged : undefined;
    },
    keep(token, exchanged, until) {
      const key = hash(token);
      entries.delete(key);
      entries.set(key, { exchanged, until });
      const [oldest] = entries.keys();
      if (entries.size > MOST && oldest !== undefined) entries.delete(oldest);
    },
    forget: (token) => void entries.delete(hash(token)),
  };
}

const hash = (token: string) => createHash("sha256").update(token).digest("base64url");
