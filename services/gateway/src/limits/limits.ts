import type { Clock } from "../core/clock.ts";
import type { LimitRule, Price } from "../core/limit-rule.ts";
import { ownerKey } from "../core/owner.ts";
import type { Principal } from "../core/principal.ts";
import { ok, refuse } from "../core/result.ts";
import type { Taken } from "./account.ts";
import { accountKey, modelName } from "./account-key.ts";
import type { Accounts } from "./accounts.ts";
import { amountOf, type Expected, priceOf, usedOf } from "./amounts.ts";
import { createHabits } from "./habits.ts";
import { rateLimitHeaders, type Standing } from "./headers.ts";
import type { Admission, LimitQuestion, Limits, TokenUse } from "./question.ts";

export interface LimitsOptions {
  readonly rules: readonly LimitRule[];
  readonly prices: readonly Price[];
  /** Tokens reserved for an answer whose length nobody knows. */
  readonly outputReserve: number;
  /** Where a rule's accounts are; `fallback` counts while they cannot be reached, and `null` refuses then. */
  readonly place: (rule: LimitRule) => { readonly accounts: Accounts; readonly fallback: Accounts | null };
  readonly clock: Clock;
}

/** What a call takes of one rule. */
interface Share {
  readonly rule: LimitRule;
  readonly key: string;
  readonly amount: number;
  readonly price: Price | undefined;
  /** Where it was taken. */
  accounts: Accounts;
  readonly fallback: Accounts | null;
}

/** What the calls of a principal to one route and of one model are counted under. */
interface Names {
  readonly route: string;
  readonly model: string | null;
  readonly habit: string;
  /** By rule; `undefined`: it is not for them. */
  readonly keys: readonly (string | undefined)[];
}

/** Told where nobody knows better, in seconds. */
const SOON = 1;

export function createLimits({ rules, prices, outputReserve, place, clock }: LimitsOptions): Limits {
  const placed = rules.map((rule, index) => ({ rule, index, ...place(rule) }));
  const last = new WeakMap<Principal, Names>();
  const habits = createHabits();

  /** Most of a principal's calls are like the one before: then no name is put together, and none is hashed anew. */
  function namesOf(question: LimitQuestion): Names {
    const { principal, route, model } = question;
    const known = last.get(principal);
    if (known !== undefined && known.route === route && known.model === model) return known;
    const habit = `${ownerKey(principal.owner)}\n${modelName(model ?? "")}`;
    const keys = rules.map((rule) => accountKey(rule, question));
    const names = { route, model, habit, keys };
    last.set(principal, names);
    return names;
  }

  function sharesOf(
    question: LimitQuestion,
    keys: Names["keys"],
    expected: Expected | null,
  ): Share[] | "unpriced" {
    const shares: Share[] = [];
    for (const { rule, index, accounts, fallback } of placed) {
      const isOfTokens = rule.counts === "tokens" || rule.counts === "money";
      if (isOfTokens && expected === null) continue;
      const key = keys[index];
      if (key === undefined) continue;
      const price = rule.counts === "money" ? priceOf(prices, question) : undefined;
      if (rule.counts === "money" && price === undefined) return "unpriced";
      shares.push({ rule, key, amount: amountOf(rule, expected, price), price, accounts, fallback });
    }
    return shares;
  }

  /** All rules have been asked: all of them, or none. */
  function judge(
    shares: readonly Share[],
    outcomes: readonly Taken[],
    learn: (use: TokenUse) => void,
  ): Admission {
    const now = clock.now();
    let refused: { readonly share: Share; readonly seconds: number } | undefined;
    let lost = false;
    outcomes.forEach((outcome, index) => {
      const share = shares[index];
      if (share === undefined || outcome === "taken") return;
      if (outcome === "unavailable") lost = true;
      else {
        const seconds = Math.max(SOON, Math.ceil(outcome.freeInMs / 1000));
        if (refused === undefined || seconds > refused.seconds) refused = { share, seconds };
      }
    });
    if (refused === undefined && !lost) return ok(reservation(shares, learn, now));
    const headers = refused === undefined ? [] : rateLimitHeaders(standings(shares, refused), now);
    shares.forEach(({ accounts, key, amount }, index) => {
      if (outcomes[index] === "taken") accounts.settle(key, amount, 0);
    });
    if (refused === undefined) return refuse({ kind: "unavailable" });
    const { rule } = refused.share;
    return refuse({
      kind: "over",
      policy: rule.name,
      counts: rule.counts,
      retryAfterSeconds: refused.seconds,
      headers,
    });
  }

  return {
    needsBody: rules.some(
      ({ counts, by, only }) =>
        counts === "tokens" || counts === "money" || by.includes("model") || only.model !== undefined,
    ),
    admit(question) {
      const { habit, keys } = namesOf(question);
      const expected = expectedOf(question, habits.expected(habit) ?? outputReserve);
      const shares = sharesOf(question, keys, expected);
      if (shares === "unpriced") return refuse({ kind: "unpriced" });
      if (question.tokens?.unseen === true && expected?.stated === false && shares.some(isOfUse))
        return refuse({ kind: "unbounded" });
      const outcomes = shares.map(take);
      const learn = ({ outputTokens }: TokenUse): void => {
        if (expected !== null && !expected.stated)
          habits.learn(habit, outputTokens / (question.tokens?.answers ?? 1));
      };
      return outcomes.every((outcome) => !(outcome instanceof Promise))
        ? judge(shares, outcomes as Taken[], learn)
        : Promise.all(outcomes).then((all) => judge(shares, all, learn));
    },
  };

  function reservation(shares: readonly Share[], learn: (use: TokenUse) => void, now: number) {
    const headers = rateLimitHeaders(standings(shares), now);
    // Requests count from now on, whatever becomes of them.
    for (const { rule, accounts, key } of shares) if (rule.counts === "requests") accounts.settle(key, 1, 1);
    let settled = false;
    return {
      headers,
      settle(use: TokenUse | null | "expected") {
        if (settled) return;
        settled = true;
        if (use !== null && use !== "expected") learn(use);
        for (const { rule, accounts, key, amount, price } of shares)
          if (rule.counts !== "requests")
            accounts.settle(key, amount, use === "expected" ? amount : usedOf(rule, use, price));
      },
    };
  }
}

function expectedOf({ tokens }: LimitQuestion, unstated: number): Expected | null {
  if (tokens === null) return null;
  const { input, output, answers = 1 } = tokens;
  return { input, output: output ?? unstated * answers, stated: output !== null };
}

const isOfUse = ({ rule }: Share): boolean => rule.counts === "tokens" || rule.counts === "money";

function take(share: Share): Taken | Promise<Taken> {
  const { rule, key, amount, accounts } = share;
  const spec = { key, limit: rule.limit, window: rule.window };
  const outcome = accounts.take(spec, amount);
  return outcome instanceof Promise
    ? outcome.then((late) => orFallBack(share, late))
    : orFallBack(share, outcome);
}

function orFallBack(share: Share, outcome: Taken): Taken | Promise<Taken> {
  const { rule, key, amount, fallback } = share;
  if (outcome !== "unavailable" || fallback === null) return outcome;
  share.accounts = fallback;
  return fallback.take({ key, limit: rule.limit, window: rule.window }, amount);
}

function standings(
  shares: readonly Share[],
  refused?: { readonly share: Share; readonly seconds: number },
): Standing[] {
  return shares.map((share) => ({
    rule: share.rule,
    left: share.accounts.left(share.key),
    ...(share === refused?.share ? { retryAfterSeconds: refused.seconds } : {}),
  }));
}
