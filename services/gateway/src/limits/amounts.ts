import type { LimitRule, Price } from "../core/limit-rule.ts";
import { modelName } from "./account-key.ts";
import type { LimitQuestion, TokenUse } from "./question.ts";
import { matches } from "./rule.ts";

/** What a call is expected to use. */
export interface Expected {
  readonly input: number;
  readonly output: number;
  /** Has the caller set the bound? Then it is judged by that, to the letter. */
  readonly stated: boolean;
}

/** So much of a small limit is reserved for an answer of unknown length, whatever the last ones were. */
const SMALLEST_PART = 16;
const SMALLEST = 64;

/**
 * What a rule reserves for a call. Where the caller states no bound, the reserve is a guess: it never exceeds the whole limit, or a
 * small limit could never be used at all.
 * @param price of the model; needed where the rule counts money
 */
export function amountOf(rule: LimitRule, expected: Expected | null, price: Price | undefined): number {
  if (rule.counts === "requests" || rule.counts === "concurrency") return 1;
  if (expected === null) return 0;
  const { input, output, stated } = expected;
  // Nothing at all is no promise: the account would not know of the call, and one that is used up would let it in.
  if (stated) return Math.max(cost(rule, input, output, price), Math.min(1, cost(rule, 1, 1, price)));
  const least = Math.min(SMALLEST, Math.floor(rule.limit / SMALLEST_PART));
  const guess = cost(rule, input, Math.max(output, least), price);
  return Math.min(guess, Math.max(cost(rule, input + 1, 0, price), rule.limit));
}

/** What a rule counts of a call in the end. */
export function usedOf(rule: LimitRule, use: TokenUse | null, price: Price | undefined): number {
  if (rule.counts === "requests") return 1;
  if (rule.counts === "concurrency" || use === null) return 0;
  return cost(rule, use.inputTokens, use.outputTokens, price);
}

function cost({ counts }: LimitRule, input: number, output: number, price: Price | undefined): number {
  if (counts === "tokens") return input + output;
  return price === undefined ? 0 : Math.ceil(input * price.input + output * price.output);
}

/** The first price that fits: the order is the operator's. Of a model that nobody can tell, the dearest, where all have one. */
export function priceOf(prices: readonly Price[], { model }: LimitQuestion): Price | undefined {
  if (model === null) {
    const most = (of: "input" | "output") => Math.max(...prices.map((price) => price[of]));
    return prices.some((price) => price.model === "*")
      ? { model: "*", input: most("input"), output: most("output") }
      : undefined;
  }
  const name = modelName(model);
  return prices.find((price) => matches(price.model, name));
}
