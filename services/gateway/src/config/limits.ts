import type { LimitRule, Price, RuleScope, RuleWindow } from "../core/limit-rule.ts";
import type { Settings } from "./schema.ts";
import { readDuration } from "./units.ts";

export interface LimitsConfig {
  /** Those of requests and concurrency first: they are the cheaper to ask. */
  readonly rules: readonly LimitRule[];
  readonly prices: readonly Price[];
  readonly outputReserve: number;
  readonly onLoss: "refuse" | "local";
  /** Refusals by one address in a minute; `null`: 300, and none for loopback. */
  readonly failuresPerMinute: number | null;
  readonly agentsPerUser: number;
  readonly grantsPerUser: number;
}

const MINUTE: RuleWindow = { kind: "sliding", ms: 60_000 };
/** Billionths in one unit of money. */
const UNIT = 1e9;
const TOKENS_OF_PRICE = 1e6;

/** The settings as rules: the short ones of the environment are rules like any other. */
export function resolveLimits({ limits }: Settings): LimitsConfig {
  const rules: LimitRule[] = [];
  const perOwner = { by: ["user" as const], only: {} };
  if (limits.concurrent !== undefined)
    rules.push({
      name: "concurrent",
      counts: "concurrency",
      limit: limits.concurrent,
      window: { kind: "none" },
      ...perOwner,
    });
  if (limits.requestsPerMinute !== undefined)
    rules.push({
      name: "requests-per-minute",
      counts: "requests",
      limit: limits.requestsPerMinute,
      window: MINUTE,
      ...perOwner,
    });
  for (const [index, one] of limits.concurrency.entries())
    rules.push({
      ...common(one, `concurrency-${index + 1}`),
      counts: "concurrency",
      limit: one.limit,
      window: { kind: "none" },
    });
  for (const [index, one] of limits.requests.entries())
    rules.push({
      ...common(one, `requests-${index + 1}`),
      counts: "requests",
      limit: one.limit,
      window: { kind: "sliding", ms: readDuration(one.window) ?? Number.NaN },
    });
  if (limits.tokensPerMinute !== undefined)
    rules.push({
      name: "tokens-per-minute",
      counts: "tokens",
      limit: limits.tokensPerMinute,
      window: MINUTE,
      ...perOwner,
    });
  for (const [index, one] of limits.budgets.entries())
    rules.push({
      ...common(one, `budget-${index + 1}`),
      ...(one.money === undefined
        ? { counts: "tokens" as const, limit: one.tokens ?? 0 }
        : { counts: "money" as const, limit: Math.round(Number(one.money) * UNIT) }),
      window: BUDGET_WINDOWS[one.window],
    });
  return {
    rules,
    prices: limits.prices.flatMap(({ models, input, output }) =>
      models.map((model) => ({
        model: model.toLowerCase(),
        input: perToken(input),
        output: perToken(output),
      })),
    ),
    outputReserve: limits.outputReserve,
    onLoss: limits.onLoss,
    failuresPerMinute: limits.failuresPerMinute ?? null,
    agentsPerUser: limits.agentsPerUser,
    grantsPerUser: limits.grantsPerUser,
  };
}

const BUDGET_WINDOWS: Readonly<Record<"minute" | "hour" | "day" | "month", RuleWindow>> = {
  minute: MINUTE,
  hour: { kind: "sliding", ms: 3_600_000 },
  day: { kind: "day" },
  month: { kind: "month" },
};

const perToken = (price: string) => (Number(price) * UNIT) / TOKENS_OF_PRICE;

type Scoped =
  | Settings["limits"]["requests"][number]
  | Settings["limits"]["concurrency"][number]
  | Settings["limits"]["budgets"][number];

function common({ name, by, user, agent, model, route }: Scoped, unnamed: string) {
  const bar = user?.indexOf("|") ?? -1;
  const only: RuleScope = {
    ...(user === undefined ? {} : { user: { iss: user.slice(0, bar), sub: user.slice(bar + 1) } }),
    ...(agent === undefined ? {} : { agent }),
    ...(model === undefined ? {} : { model: model.toLowerCase() }),
    ...(route === undefined ? {} : { route }),
  };
  return { name: name ?? unnamed, by: [...new Set(by)], only };
}
