import fc from "fast-check";
import { expect, test } from "vitest";
import { decideExpiry } from "./lifetime.ts";

const rules = { ttlSeconds: 300, minTtlSeconds: 30, maxTtlSeconds: 3600, agentTtlSeconds: null };
const NOW = 1_800_000_000_000;

test("no lifetime outlives a limit, the maximum, or has ended already", () => {
  const ttl = fc.option(fc.integer({ min: 1, max: 5000 }).map(String), { nil: undefined });
  const limit = fc.integer({ min: NOW - 60_000, max: NOW + 7_200_000 });
  fc.assert(
    fc.property(ttl, fc.integer({ min: 0, max: 999 }), limit, limit, (ttl, ms, user, session) => {
      const now = NOW + ms;
      const decided = decideExpiry({ ttl, now, limits: [user, session], rules });
      if (!decided.ok) return;
      expect(decided.value).toBeLessThanOrEqual(Math.min(user, session, now + 3_600_000));
      expect(decided.value).toBeGreaterThan(now);
      expect(decided.value % 1000).toBe(0);
    }),
  );
});

test("a lifetime out of range is refused, and the range is told", () => {
  for (const ttl of ["29", "3601", "", "-1", "1.5", "١٢٠", "9".repeat(30)]) {
    const decided = decideExpiry({ ttl, now: NOW, limits: [NOW + 9_000_000], rules });
    expect(decided).toEqual({ ok: false, reason: { kind: "lifetime_out_of_range", min: 30, max: 3600 } });
  }
});
