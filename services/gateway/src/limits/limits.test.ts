import { describe, expect, test } from "vitest";
import type { LimitRule } from "../core/limit-rule.ts";
import type { Principal } from "../core/principal.ts";
import { createAccounts } from "./accounts.ts";
import { createLimits } from "./limits.ts";
import { createMemoryLedger } from "./memory-ledger.ts";
import type { Admission, LimitQuestion, Reservation, TokenEstimate } from "./question.ts";

const person = (sub: string, iss = "https://idp.test"): Principal => ({
  kind: "user",
  owner: { iss, sub, tenant: null },
  scopes: new Set(),
  expiresAt: 0,
  issuedAt: 0,
  jti: null,
  audiences: [],
  jkt: null,
});
const agentOf = (
  owner: Principal,
  agent: string,
  agentAuth: "none" | "private_key_jwt" = "none",
): Principal =>
  ({ ...owner, kind: "agent", agent, agentAuth, root: `root-of-${agent}` }) as unknown as Principal;
const ALICE = person("alice");
const BOB = person("bob");

const rule = (given: Partial<LimitRule> & Pick<LimitRule, "counts" | "limit">): LimitRule => ({
  name: "rule",
  window: given.counts === "concurrency" ? { kind: "none" } : { kind: "sliding", ms: 60_000 },
  by: ["user"],
  only: {},
  ...given,
});

function rig(rules: readonly LimitRule[], prices: Parameters<typeof createLimits>[0]["prices"] = []) {
  let now = Date.UTC(2026, 10, 21, 12);
  const clock = { now: () => now };
  const accounts = createAccounts({
    ledger: createMemoryLedger({ clock }),
    holder: "me",
    clock,
    shared: false,
  });
  const limits = createLimits({
    rules,
    prices,
    outputReserve: 1000,
    place: () => ({ accounts, fallback: null }),
    clock,
  });
  const ask = (given: Partial<LimitQuestion> = {}): Admission => {
    const question = { principal: ALICE, route: "/api/chat", model: "llama3", tokens: null, ...given };
    return limits.admit(question) as Admission;
  };
  return {
    ask,
    pass: (ms: number) => {
      now += ms;
    },
    /** Lets a call through and ends it. */
    use(input: number, output: number, given: Partial<LimitQuestion> = {}): boolean {
      const asked = ask({ tokens: { input, output }, ...given });
      if (asked.ok) asked.value.settle({ inputTokens: input, outputTokens: output });
      return asked.ok;
    },
  };
}

const stated = (input: number, output: number): { tokens: TokenEstimate } => ({ tokens: { input, output } });
function admitted(admission: Admission): Reservation {
  if (!admission.ok) throw new Error(`refused: ${JSON.stringify(admission.reason)}`);
  return admission.value;
}

describe("requests", () => {
  test("R07: counts a sliding window, never more in any 60 seconds", () => {
    const { ask, pass } = rig([rule({ counts: "requests", limit: 3 })]);
    for (let i = 0; i < 3; i++) {
      admitted(ask()).settle(null);
      pass(10_000);
    }
    const refused = ask();
    expect(refused).toMatchObject({ ok: false, reason: { kind: "over", policy: "rule" } });
    // The first was 30 s ago: it leaves the window in 30 s, a step of a second later at most.
    const { retryAfterSeconds } = (refused as { reason: { retryAfterSeconds: number } }).reason;
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(30);
    expect(retryAfterSeconds).toBeLessThanOrEqual(32);
    pass(retryAfterSeconds * 1000);
    expect(ask().ok).toBe(true);
    expect(ask().ok).toBe(false);
  });

  test("R07: a refusal costs nothing", () => {
    const { ask, pass } = rig([rule({ counts: "requests", limit: 1 })]);
    admitted(ask());
    for (let i = 0; i < 50; i++) expect(ask().ok).toBe(false);
    pass(61_000);
    expect(ask().ok).toBe(true);
  });

  test("R07: one owner's limit is not another's, also where only the issuer differs", () => {
    const { ask } = rig([rule({ counts: "requests", limit: 1 })]);
    expect(ask().ok).toBe(true);
    expect(ask().ok).toBe(false);
    expect(ask({ principal: BOB }).ok).toBe(true);
    expect(ask({ principal: person("alice", "https://other.test") }).ok).toBe(true);
  });

  test("R07: a user cannot use up another's share of an agent id that nobody registered", () => {
    const { ask } = rig([rule({ counts: "requests", limit: 1, by: ["agent"] })]);
    expect(ask({ principal: agentOf(ALICE, "helper") }).ok).toBe(true);
    expect(ask({ principal: agentOf(ALICE, "helper") }).ok).toBe(false);
    expect(ask({ principal: agentOf(BOB, "helper") }).ok).toBe(true);
    // A registered agent is one and the same, whoever it acts for.
    expect(ask({ principal: agentOf(ALICE, "known", "private_key_jwt") }).ok).toBe(true);
    expect(ask({ principal: agentOf(BOB, "known", "private_key_jwt") }).ok).toBe(false);
  });

  test("R07: what one rule refuses is given back to all others", () => {
    const { ask } = rig([
      rule({ name: "all", counts: "requests", limit: 2, by: [] }),
      rule({ name: "each", counts: "requests", limit: 1 }),
    ]);
    expect(ask().ok).toBe(true);
    for (let i = 0; i < 10; i++) expect(ask()).toMatchObject({ reason: { policy: "each" } });
    expect(ask({ principal: BOB }).ok).toBe(true);
    expect(ask({ principal: person("carol") })).toMatchObject({ reason: { policy: "all" } });
  });
});

describe("concurrency", () => {
  test("R07: counts what is under way, and settling twice frees one place", () => {
    const { ask } = rig([rule({ counts: "concurrency", limit: 2 })]);
    const first = admitted(ask());
    admitted(ask());
    expect(ask()).toMatchObject({ reason: { counts: "concurrency", retryAfterSeconds: 1 } });
    first.settle(null);
    first.settle(null);
    expect(ask().ok).toBe(true);
    expect(ask().ok).toBe(false);
  });
});

describe("tokens", () => {
  test("R08: reserves before, settles after: what was not used is there for the next call", () => {
    const { ask } = rig([rule({ counts: "tokens", limit: 1000 })]);
    const one = admitted(ask(stated(100, 500)));
    expect(ask(stated(100, 500)).ok).toBe(false);
    one.settle({ inputTokens: 90, outputTokens: 10 });
    expect(ask(stated(100, 500)).ok).toBe(true);
  });

  test("R08: an error is returned, and a call of unknown cost counts as what was reserved", () => {
    const { ask } = rig([rule({ counts: "tokens", limit: 1000 })]);
    admitted(ask(stated(100, 800))).settle(null);
    admitted(ask(stated(100, 800))).settle("expected");
    expect(ask(stated(1, 100)).ok).toBe(false);
    expect(ask(stated(1, 99)).ok).toBe(true);
  });

  test("R08: what was used beyond the reserve counts too", () => {
    const { ask, use, pass } = rig([rule({ counts: "tokens", limit: 1000 })]);
    admitted(ask(stated(10, 10))).settle({ inputTokens: 10, outputTokens: 1500 });
    expect(use(1, 1)).toBe(false);
    pass(61_000);
    expect(use(1, 1)).toBe(true);
  });

  test("R08: a call without a bound is let in where the limit is smaller than the reserve, one at a time at first", () => {
    const { ask } = rig([rule({ counts: "tokens", limit: 200 })]);
    const open = { tokens: { input: 10, output: null } };
    const first = admitted(ask(open));
    expect(ask(open).ok).toBe(false);
    first.settle({ inputTokens: 10, outputTokens: 20 });
    // From then on it is known what such calls need.
    expect(ask(open).ok).toBe(true);
    expect(ask(open).ok).toBe(true);
  });

  test("R08: what can never fit is refused, and holds nobody up", () => {
    const { ask } = rig([rule({ counts: "tokens", limit: 100 })]);
    expect(ask(stated(50, 51)).ok).toBe(false);
    expect(ask(stated(50, 50)).ok).toBe(true);
  });

  test("R08: calls that run no model cost no tokens, also where nothing is left", () => {
    const { ask, use } = rig([rule({ counts: "tokens", limit: 100 })]);
    expect(use(50, 50)).toBe(true);
    expect(ask(stated(1, 0)).ok).toBe(false);
    expect(ask({ tokens: null }).ok).toBe(true);
  });

  test("R08: a calendar month begins anew", () => {
    const { use, pass } = rig([rule({ counts: "tokens", limit: 100, window: { kind: "month" } })]);
    expect(use(50, 50)).toBe(true);
    pass(9 * 86_400_000);
    expect(use(1, 0)).toBe(false);
    pass(86_400_000);
    expect(use(1, 0)).toBe(true);
  });

  test("R08: a delegation's budget is one for everything below its root, and is not asked of the user", () => {
    const { use } = rig([rule({ counts: "tokens", limit: 100, by: ["delegation"] })]);
    const agent = agentOf(ALICE, "planner");
    expect(use(60, 0, { principal: agent })).toBe(true);
    expect(use(60, 0, { principal: { ...agent, agent: "coder" } as Principal })).toBe(false);
    expect(use(600, 0)).toBe(true);
  });

  test("R08: one model's spellings share its budget", () => {
    const { use } = rig([rule({ counts: "tokens", limit: 100, by: ["model"] })]);
    expect(use(60, 0, { model: "llama3" })).toBe(true);
    expect(use(60, 0, { model: "LLaMA3:latest" })).toBe(false);
    expect(use(60, 0, { model: "qwen" })).toBe(true);
  });
});

describe("money", () => {
  const budget = rule({ counts: "money", limit: 1e9, window: { kind: "day" } });
  const prices = [
    { model: "gpt-4o*", input: 2_500, output: 10_000 },
    { model: "free", input: 0, output: 0 },
  ];

  test("R08: counts by the model's price, and tells no caller what is left", () => {
    const { ask, use } = rig([budget], prices);
    // 100,000 tokens out at 10 a million: 1.00.
    expect(use(0, 99_999, { model: "gpt-4o-mini" })).toBe(true);
    expect(use(0, 2, { model: "gpt-4o" })).toBe(false);
    expect(admitted(ask({ model: "free", ...stated(100, 1e6) })).headers).toEqual([]);
  });

  test("R08: no price is assumed", () => {
    const { ask } = rig([budget], prices);
    expect(ask({ model: "other", ...stated(1, 1) })).toMatchObject({ reason: { kind: "unpriced" } });
    expect(ask({ model: null, ...stated(1, 1) })).toMatchObject({ reason: { kind: "unpriced" } });
  });
});

test("R07: RateLimit and RateLimit-Policy say how things stand", () => {
  const { ask } = rig([
    rule({ name: "requests", counts: "requests", limit: 10 }),
    rule({ name: "tokens", counts: "tokens", limit: 500, window: { kind: "day" } }),
  ]);
  expect(admitted(ask(stated(10, 90))).headers).toEqual([
    "RateLimit-Policy",
    '"requests";q=10;w=60, "tokens";q=500;w=86400',
    "RateLimit",
    '"requests";r=9, "tokens";r=400;t=43200',
  ]);
});
