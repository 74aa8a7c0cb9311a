import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ledger, LedgerOrder, LedgerSpan } from "../../services/gateway/src/core/ports/ledger.ts";
import { createMemoryLedger } from "../../services/gateway/src/limits/memory-ledger.ts";
import { connectRedis, type RedisConnection } from "../../services/gateway/src/redis/connection.ts";
import { redisLedger } from "../../services/gateway/src/redis/ledger.ts";
import { openStore } from "../../services/gateway/src/store/open.ts";
import { type RedisServer, redisMissing, startRedis } from "../support/redis.ts";

/** R08: three ledgers, one rule. Whatever is ordered, memory, SQLite and Redis grant the same. */
const missing = redisMissing();
const LEASE_MS = 10_000;
let server: RedisServer;
let redis: RedisConnection;
let store: Awaited<ReturnType<typeof openStore>>;
beforeAll(async () => {
  store = await openStore("sqlite::memory:");
  if (missing !== undefined) return;
  server = await startRedis();
  redis = await connectRedis(server.url, { info() {}, warn() {} });
});
afterAll(async () => {
  await redis?.close();
  await Promise.all([server?.stop(), store?.close()]);
});

/** Small, fast and the same at every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

const now = Date.now();
// Windows in which nothing ends while the test runs: Redis has a clock of its own.
const SPANS: readonly LedgerSpan[] = [
  { kind: "sliding", ms: 86_400_000 },
  { kind: "period", start: now - 1_000_000, end: now + 100_000_000 },
  { kind: "none" },
];

describe.skipIf(missing !== undefined)(`ledgers${missing ? ` (${missing})` : ""}`, () => {
  test.each([1, 2, 3, 4])(
    "R08: grant the same in memory, in SQLite and in Redis (orders %i)",
    async (seed) => {
      const pick = numbers(seed);
      const clock = { now: () => Date.now() };
      const ledgers: readonly Ledger[] = [
        createMemoryLedger({ clock }),
        {
          leaseMs: LEASE_MS,
          exchange: (holder, orders) =>
            store.exchangeLedger({ holder, orders, now: clock.now(), leaseMs: LEASE_MS }),
        },
        redisLedger(redis),
      ];
      for (let step = 0; step < 300; step++) {
        const which = pick(SPANS.length);
        const limit = [1_000, 5, 9_000_000_000_000_000][pick(3)] ?? 0;
        const size = Math.max(2, Math.floor(limit / 8));
        const order: LedgerOrder = {
          account: `${seed} ${which} ${limit}`,
          limit,
          span: SPANS[which] ?? { kind: "none" },
          used: pick(3) === 0 ? pick(size) : 0,
          live: pick(size),
          keep: pick(2) * pick(size),
          need: pick(size),
          wish: pick(size * 4),
        };
        const holder = `holder ${pick(3)}`;
        const grants = await Promise.all(
          ledgers.map(async (ledger) => (await ledger.exchange(holder, [order]))[0]),
        );
        const plain = grants.map((grant) => ({ held: grant?.held, left: grant?.left }));
        expect(plain[1], `SQLite, step ${step}: ${JSON.stringify(order)}`).toEqual(plain[0]);
        expect(plain[2], `Redis, step ${step}: ${JSON.stringify(order)}`).toEqual(plain[0]);
      }
    },
  );

  test("R08: in Redis nothing stays that counts no more", async () => {
    await server.ask("FLUSHALL");
    const ledger = redisLedger(redis);
    const order = { limit: 10, used: 0, live: 1, keep: 0, need: 0, wish: 0, account: "gone" };
    await ledger.exchange("me", [{ ...order, span: { kind: "sliding", ms: 60_000 }, used: 5 }]);
    const left = /^:(\d+)/.exec(await server.ask("PTTL attach:ledger:gone"))?.[1];
    expect(Number(left)).toBeGreaterThan(55_000);
    expect(Number(left)).toBeLessThan(65_000);
    await ledger.exchange("me", [{ ...order, span: { kind: "none" }, account: "held" }]);
    expect(Number(/^:(\d+)/.exec(await server.ask("PTTL attach:ledger:held"))?.[1])).toBeLessThan(12_000);
    await ledger.exchange("me", [{ ...order, span: { kind: "none" }, account: "held", live: 0 }]);
    expect(await server.ask("EXISTS attach:ledger:held")).toMatch(/^:0/);
  });
});
