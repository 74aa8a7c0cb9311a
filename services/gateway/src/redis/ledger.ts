import { stepOf } from "../core/ledger-rule.ts";
import { type Ledger, type LedgerGrant, type LedgerOrder, SLIDING_STEPS } from "../core/ports/ledger.ts";
import type { RedisConnection } from "./connection.ts";
import { LEDGER_SCRIPT } from "./ledger-script.ts";

/** How long a grant holds: a node that died holds its part back for so long, in milliseconds. */
const LEASE_MS = 10_000;
/** After a failure nothing is asked for this long, in milliseconds: callers must not each wait to hear the same. */
const PAUSE_MS = 500;

/** The ledger of all nodes: one script for each account, atomic. */
export function redisLedger(
  redis: Pick<RedisConnection, "run">,
  { prefix = "attach:ledger:", elapsed = () => performance.now() } = {},
): Ledger {
  let pausedUntil = Number.NEGATIVE_INFINITY;
  return {
    leaseMs: LEASE_MS,
    async exchange(holder, orders) {
      if (elapsed() < pausedUntil) throw new Error("Redis did not answer a moment ago");
      try {
        return await Promise.all(
          orders.map(async (order) => {
            const answer = await redis.run(
              LEDGER_SCRIPT,
              [prefix + order.account],
              argumentsOf(holder, order),
            );
            return grantOf(answer);
          }),
        );
      } catch (error) {
        pausedUntil = elapsed() + PAUSE_MS;
        throw error;
      }
    },
  };
}

function argumentsOf(holder: string, { span, limit, used, live, keep, need, wish }: LedgerOrder): string[] {
  const window =
    span.kind === "sliding"
      ? [stepOf(span.ms), SLIDING_STEPS, 0]
      : span.kind === "period"
        ? [span.start, 0, span.end]
        : [0, 0, 0];
  const amounts = [limit, used, live, keep, need, wish];
  return [holder, String(LEASE_MS), span.kind, ...[...window, ...amounts].map(String)];
}

function grantOf(answer: unknown): LedgerGrant {
  if (!Array.isArray(answer) || answer.length !== 3) throw new TypeError("Redis answered something else");
  const [held, left, freeInMs] = answer.map(Number) as [number, number, number];
  return { held, left, freeInMs };
}
