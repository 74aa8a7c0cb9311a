import type { LimitsConfig } from "./config/limits.ts";
import type { Clock } from "./core/clock.ts";
import { uuidv7 } from "./core/ids.ts";
import type { LimitRule } from "./core/limit-rule.ts";
import type { Ledger } from "./core/ports/ledger.ts";
import type { CallLimiter } from "./core/ports/relayed-call.ts";
import type { Store } from "./core/ports/store.ts";
import { createAccounts } from "./limits/accounts.ts";
import { limitCalls } from "./limits/call-limiter.ts";
import { createLimits } from "./limits/limits.ts";
import { createMemoryLedger } from "./limits/memory-ledger.ts";
import type { ReadinessCheck } from "./ops/health.ts";
import type { RedisConnection } from "./redis/connection.ts";

export interface LimitingOptions {
  readonly config: LimitsConfig;
  readonly store: Pick<Store, "exchangeLedger">;
  readonly redis: RedisConnection | null;
  /** Do several processes of this machine share the work? Then requests are counted together too. */
  readonly severalProcesses: boolean;
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}

export interface Limiting {
  /** `undefined` where no rule is set. */
  readonly limiter: CallLimiter | undefined;
  readonly checks: readonly ReadinessCheck[];
  /** Reports what was used, and gives back what is held. */
  close(): Promise<void>;
}

/** How long a grant of the store holds, in milliseconds. */
const STORE_LEASE_MS = 10_000;

/**
 * Where limits are counted: tokens and money by Redis where there is one, else in the store, so that they outlive the process; requests
 * and concurrency by Redis or, among the processes of one machine, in the store; else in this process alone.
 */
export async function createLimiting(options: LimitingOptions): Promise<Limiting> {
  const { config, redis, severalProcesses, clock, log } = options;
  const { rules, prices, outputReserve, onLoss } = config;
  if (rules.length === 0) return { limiter: undefined, checks: [], close: async () => {} };
  const ledger = redis === null ? storeLedger(options) : await loadRedisLedger(redis);
  const holder = uuidv7(clock.now());
  let lost = false;
  const shared = createAccounts({
    ledger,
    holder,
    clock,
    shared: true,
    onError(err) {
      if (!lost) log.warn({ err }, "limits cannot be counted together");
      lost = true;
    },
    onAnswer() {
      if (lost) log.info({}, "limits are counted together again");
      lost = false;
    },
  });
  const local = createAccounts({ ledger: createMemoryLedger({ clock }), holder, clock, shared: false });
  const counts = (rule: LimitRule) => rule.counts === "tokens" || rule.counts === "money";
  const limits = createLimits({
    rules,
    prices,
    outputReserve,
    clock,
    place(rule) {
      if (counts(rule)) return { accounts: shared, fallback: onLoss === "local" ? local : null };
      if (redis === null && !severalProcesses) return { accounts: local, fallback: null };
      return { accounts: shared, fallback: local };
    },
  });
  const state = (): "ok" | "degraded" | "unavailable" => {
    if (!lost) return "ok";
    return onLoss === "refuse" && rules.some(counts) ? "unavailable" : "degraded";
  };
  return {
    limiter: limitCalls(limits),
    checks: [{ name: "limits", run: async () => state() }],
    close: () => shared.close(),
  };
}

function storeLedger({ store, clock }: LimitingOptions): Ledger {
  return {
    leaseMs: STORE_LEASE_MS,
    exchange: (holder, orders) =>
      store.exchangeLedger({ holder, orders, now: clock.now(), leaseMs: STORE_LEASE_MS }),
  };
}

/** Loaded only where there is Redis. */
async function loadRedisLedger(redis: RedisConnection): Promise<Ledger> {
  const { redisLedger } = await import("./redis/ledger.ts");
  return redisLedger(redis);
}
