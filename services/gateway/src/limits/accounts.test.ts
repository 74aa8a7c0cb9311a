import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ledger, LedgerOrder } from "../core/ports/ledger.ts";
import type { AccountSpec } from "./account.ts";
import { type Accounts, createAccounts } from "./accounts.ts";
import { createMemoryLedger } from "./memory-ledger.ts";

const SPEC: AccountSpec = { key: "alice", limit: 1000, window: { kind: "sliding", ms: 60_000 } };

/** Longer than a report waits for others. */
const reportsAreDue = () => new Promise((wake) => setTimeout(wake, 60));

/** Several processes on one ledger, which answers a turn later as one beyond the process does. */
function rig(processes: number) {
  let now = 1_000_000;
  let reachable = true;
  const told: LedgerOrder[] = [];
  const clock = { now: () => now };
  const memory = createMemoryLedger({ clock });
  const ledger: Ledger = {
    leaseMs: memory.leaseMs,
    async exchange(holder, orders) {
      await turn();
      told.push(...orders);
      if (!reachable) throw new Error("it cannot be reached");
      return memory.exchange(holder, orders);
    },
  };
  const all = Array.from({ length: processes }, (_, i) =>
    createAccounts({ ledger, holder: `process ${i}`, clock, shared: true, elapsed: () => now }),
  ) as [Accounts, ...Accounts[]];
  return {
    all,
    told,
    pass: (ms: number) => {
      now += ms;
    },
    reach: (is: boolean) => {
      reachable = is;
    },
    close: () => Promise.all(all.map((accounts) => accounts.close())),
  };
}

describe("accounts of several processes", () => {
  test("R08: never promise and use more than the limit together, whatever calls do", async () => {
    const call = fc.record({
      process: fc.nat(2),
      amount: fc.integer({ min: 1, max: 400 }),
      part: fc.float({ min: 0, max: 1, noNaN: true }),
      ends: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(call, { maxLength: 8 }), { maxLength: 8 }), async (rounds) => {
        const { all, close } = rig(3);
        let live = 0;
        let used = 0;
        for (const round of rounds) {
          await Promise.all(
            round.map(async ({ process, amount, part, ends }) => {
              const accounts = all[process] ?? all[0];
              if ((await accounts.take(SPEC, amount)) !== "taken") return;
              live += amount;
              expect(live + used).toBeLessThanOrEqual(SPEC.limit);
              if (!ends) return;
              await turn();
              const spent = Math.floor(amount * part);
              live -= amount;
              used += spent;
              accounts.settle(SPEC.key, amount, spent);
            }),
          );
        }
        await close();
      }),
      { numRuns: 150 },
    );
  });

  test("R08: what one gives back another gets, and what one used stays used", async () => {
    const { all, close } = rig(2);
    const [one, two] = all as [Accounts, Accounts];
    expect(await one.take(SPEC, 900)).toBe("taken");
    expect(await two.take(SPEC, 200)).toMatchObject({ freeInMs: 0 });
    one.settle(SPEC.key, 900, 300);
    await one.close();
    expect(await two.take(SPEC, 701)).not.toBe("taken");
    expect(await two.take(SPEC, 700)).toBe("taken");
    await close();
  });

  test("R08: after its lease a process trusts nothing that it held in advance", async () => {
    const { all, pass, reach, close } = rig(2);
    const [one, two] = all as [Accounts, Accounts];
    expect(await one.take(SPEC, 10)).toBe("taken");
    one.settle(SPEC.key, 10, 10);
    // A second one at once: out of the block that came with the first.
    expect(one.take(SPEC, 10)).toBe("taken");
    one.settle(SPEC.key, 10, 10);
    reach(false);
    pass(11_000);
    expect(await one.take(SPEC, 10)).toBe("unavailable");
    reach(true);
    // What it could not report is reported once it can be.
    expect(await two.take(SPEC, 950)).toBe("taken");
    two.settle(SPEC.key, 950, 950);
    await close();
    expect(await two.take(SPEC, 31)).not.toBe("taken");
    expect(await two.take(SPEC, 30)).toBe("taken");
  });

  test("R08: far from the limit the ledger hears of many calls at once, and of each that is a large part of it", async () => {
    const { all, told, close } = rig(1);
    const [one] = all;
    const spec = { ...SPEC, limit: 1_000_000 };
    const call = async (used: number) => {
      expect(await one.take(spec, used)).toBe("taken");
      one.settle(spec.key, used, used);
    };
    for (let i = 0; i < 6; i++) {
      await call(10);
      await reportsAreDue();
    }
    expect(told.filter(({ used }) => used > 0).length).toBeLessThan(4);
    const before = told.length;
    await call(20_000);
    await expect.poll(() => told.slice(before).some(({ used }) => used >= 20_000)).toBe(true);
    await close();
    expect(told.reduce((sum, { used }) => sum + used, 0)).toBe(20_060);
  });

  test("R08: near the limit the ledger hears of every call, so that nobody is refused for what is free", async () => {
    const { all, told, close } = rig(1);
    const [one] = all;
    expect(await one.take(SPEC, 900)).toBe("taken");
    one.settle(SPEC.key, 900, 5);
    await expect.poll(() => told.map(({ used }) => used)).toContain(5);
    await close();
  });

  test("R07: what nobody asks for any more is not remembered", async () => {
    const { all, close } = rig(1);
    for (let i = 0; i < 50; i++) {
      const spec = { ...SPEC, key: `user ${i}` };
      expect(await all[0].take(spec, 10)).toBe("taken");
      all[0].settle(spec.key, 10, 0);
    }
    await close();
    expect(all[0].left("user 0")).toBe(0);
  });
});
