/** What one count is shared by. Of several together: `["user", "model"]` counts each model of each user. */
export type Dimension = "user" | "agent" | "delegation" | "model" | "route";

export type Counted = "requests" | "concurrency" | "tokens" | "money";

/** One limit. */
export interface LimitRule {
  /** Shown to callers (`RateLimit-Policy`), and part of what is stored: a new name begins a new count. */
  readonly name: string;
  readonly counts: Counted;
  /** In whole units; money in billionths. */
  readonly limit: number;
  readonly window: RuleWindow;
  /** Empty: one count for everybody. */
  readonly by: readonly Dimension[];
  /** Whom it is for; each given one must match. */
  readonly only: RuleScope;
}

export type RuleWindow =
  | { readonly kind: "sliding"; readonly ms: number }
  /** Calendar days and months of UTC. */
  | { readonly kind: "day" }
  | { readonly kind: "month" }
  | { readonly kind: "none" };

/** Texts may end in `*`, for all that begin so. */
export interface RuleScope {
  readonly user?: { readonly iss: string; readonly sub: string };
  readonly agent?: string;
  readonly model?: string;
  readonly route?: string;
}

/** What a model costs, in billionths of the operator's currency for one token. */
export interface Price {
  /** May end in `*`. */
  readonly model: string;
  readonly input: number;
  readonly output: number;
}
