import type { Counter, Metrics } from "../core/ports/metrics.ts";
import type { Usage } from "../core/ports/relayed-call.ts";
import type { Principal } from "../core/principal.ts";

/** Most combinations of user, agent, model and direction. */
const MOST_SERIES = 4_000;

interface Pair {
  readonly model: string | null;
  readonly input: Counter;
  readonly output: Counter;
}

/**
 * Counts tokens by who used them. A user is `iss|sub`: the subject alone may be two people. What a principal was counted under last
 * is remembered with it, so that most calls cost two additions.
 */
export function tokenMetrics(
  metrics: Metrics,
): (principal: Principal, model: string | null, usage: Usage) => void {
  const tokens = metrics.counter({
    name: "attach_usage_tokens_total",
    help: "Model tokens by user (iss|sub), agent, direction (in, out) and model.",
    labels: ["user", "agent", "direction", "model"],
    most: MOST_SERIES,
  });
  const estimated = metrics
    .counter({
      name: "attach_usage_estimated_tokens_total",
      help: "Of the tokens counted, those of calls whose engine did not say, or not all.",
    })
    .of();
  const last = new WeakMap<Principal, Pair>();

  return (principal, model, { inputTokens, outputTokens, source }) => {
    let pair = last.get(principal);
    if (pair === undefined || pair.model !== model) {
      const user = `${principal.owner.iss}|${principal.owner.sub}`;
      const agent = principal.kind === "agent" ? principal.agent : "";
      const of = (direction: string) => tokens.of(user, agent, direction, model ?? "");
      pair = { model, input: of("in"), output: of("out") };
      last.set(principal, pair);
    }
    pair.input.add(inputTokens);
    pair.output.add(outputTokens);
    if (source === "estimate") estimated.add(inputTokens + outputTokens);
  };
}
