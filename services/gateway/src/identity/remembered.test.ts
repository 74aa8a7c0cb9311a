import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { UserPrincipal } from "../core/principal.ts";
import { createRememberedTokens, type TrustSource } from "./remembered.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

const principal = (expiresAt = NOW + 60 * MINUTE): UserPrincipal => ({
  kind: "user",
  owner: { iss: "https://idp.test", sub: "alice", tenant: null },
  scopes: new Set(),
  expiresAt,
  issuedAt: NOW,
  jti: null,
  audiences: [],
  jkt: null,
});

/** A source whose key set can change. */
function source(): TrustSource & { generation: number } {
  return {
    generation: 1,
    audiences: new Set<string>(),
    vouchesFor(stamp) {
      return stamp === this.generation;
    },
  };
}
const verified = (expiresAt?: number) => ({ principal: principal(expiresAt), source: source(), stamp: 1 });

describe("S10: a remembered verification", () => {
  test("is answered for the very same text only", () => {
    const tokens = createRememberedTokens();
    const one = verified();
    tokens.remember("a.b.c", one, NOW);
    expect(tokens.get("a.b.c", NOW)?.principal).toBe(one.principal);
    for (const other of ["a.b.d", "a.b.c=", "a.b.", " a.b.c", ""])
      expect(tokens.get(other, NOW)).toBeUndefined();
  });

  test("lives five minutes at most", () => {
    const tokens = createRememberedTokens();
    tokens.remember("t", verified(), NOW);
    expect(tokens.get("t", NOW + 5 * MINUTE - 1)).toBeDefined();
    expect(tokens.get("t", NOW + 5 * MINUTE)).toBeUndefined();
    expect(tokens.size).toBe(0);
  });

  test("lives no longer than the token: exp, without skew", () => {
    const tokens = createRememberedTokens();
    tokens.remember("t", verified(NOW + 1000), NOW);
    expect(tokens.get("t", NOW + 999)).toBeDefined();
    expect(tokens.get("t", NOW + 1000)).toBeUndefined();
    tokens.remember("late", verified(NOW - 1), NOW);
    expect(tokens.size).toBe(0);
  });

  test("is dropped when the issuer's key set changes", () => {
    const tokens = createRememberedTokens();
    const one = verified();
    tokens.remember("t", one, NOW);
    one.source.generation++;
    expect(tokens.get("t", NOW)).toBeUndefined();
    one.source.generation--;
    expect(tokens.get("t", NOW)).toBeUndefined();
  });

  test("the memory is bounded in bytes, and what is in use outlives what was seen once", () => {
    const tokens = createRememberedTokens(20 * 1100);
    tokens.remember("busy", verified(), NOW);
    for (let i = 0; i < 1000; i++) {
      tokens.get("busy", NOW);
      tokens.remember(`once-${i}`, verified(), NOW);
      expect(tokens.bytes).toBeLessThanOrEqual(20 * 1100);
    }
    expect(tokens.get("busy", NOW)).toBeDefined();
    expect(tokens.size).toBeGreaterThan(10);
  });

  test("a token larger than the whole memory is not remembered", () => {
    const tokens = createRememberedTokens(2000);
    tokens.remember("t".repeat(1000), verified(), NOW);
    expect(tokens.size).toBe(0);
  });

  test("whatever comes in whatever order, counts and bound hold and nothing wrong is answered", () => {
    const step = fc.record({
      token: fc.nat(12),
      verb: fc.constantFrom("get", "remember"),
      wait: fc.nat(90_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const limit = 5 * 1040;
        const tokens = createRememberedTokens(limit);
        const put = new Map<string, { at: number; of: UserPrincipal }>();
        let now = NOW;
        for (const { token, verb, wait } of steps) {
          now += wait;
          const text = `token-${token}`;
          if (verb === "remember") {
            const one = verified(now + 10 * MINUTE);
            tokens.remember(text, one, now);
            put.set(text, { at: now, of: one.principal });
          } else {
            const got = tokens.get(text, now);
            const known = put.get(text);
            if (got !== undefined) {
              expect(got.principal).toBe(known?.of);
              expect(now - (known?.at ?? 0)).toBeLessThan(5 * MINUTE);
            }
          }
          expect(tokens.bytes).toBeLessThanOrEqual(limit);
          expect(tokens.bytes > 0).toBe(tokens.size > 0);
        }
      }),
      { numRuns: 100 },
    );
  });
});
