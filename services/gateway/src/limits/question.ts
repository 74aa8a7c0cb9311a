import type { Principal } from "../core/principal.ts";
import type { Result } from "../core/result.ts";

/** How many tokens a call will use, as far as its request says. */
export interface TokenEstimate {
  readonly input: number;
  /** At most, as the caller has stated it; `null`: the caller sets no bound. */
  readonly output: number | null;
  /** How many answers are asked for; unset: one. */
  readonly answers?: number;
  /** What it writes is fetched later, so that nobody will see how much that was (`background`). */
  readonly unseen?: boolean;
}

/** A call that is about to be relayed. */
export interface LimitQuestion {
  readonly principal: Principal;
  /** One of the engine's known routes, or `other`: callers must not be able to make up new ones. */
  readonly route: string;
  /** `null` where it names none, or none that every engine reads alike: then it may be any. */
  readonly model: string | null;
  /** `null`: it runs no model, and uses no tokens. */
  readonly tokens: TokenEstimate | null;
}

/** What a call has used. */
export interface TokenUse {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A call's share of every limit that it counts against. It must be settled, exactly once counts; later times do nothing. */
export interface Reservation {
  /** `RateLimit-Policy` and `RateLimit` for the answer: name, value, name, value. */
  readonly headers: readonly string[];
  /** @param use `null`: nothing was generated, nothing is counted of tokens and money; `expected`: nobody knows, so what was reserved */
  settle(use: TokenUse | null | "expected"): void;
}

export type LimitRefusal =
  | {
      readonly kind: "over";
      /** What the rule is called. */
      readonly policy: string;
      readonly counts: "requests" | "concurrency" | "tokens" | "money";
      readonly retryAfterSeconds: number;
      readonly headers: readonly string[];
    }
  /** A budget in money applies, and nobody has said what this model costs. */
  | { readonly kind: "unpriced" }
  /** A budget applies, nobody will see what is written, and the caller states no bound. */
  | { readonly kind: "unbounded" }
  /** The shared count cannot be reached, and the configuration says to refuse then. */
  | { readonly kind: "unavailable" };

export type Admission = Result<Reservation, LimitRefusal>;

/** Requests, concurrency, tokens and money, by user, agent, delegation, model and route. */
export interface Limits {
  /** Does any rule count tokens, money or by model? Only then is a request's body read for it. */
  readonly needsBody: boolean;
  /** Reserves the call's share of every rule, or of none. Answers at once where what is held here is enough. */
  admit(question: LimitQuestion): Admission | Promise<Admission>;
}
