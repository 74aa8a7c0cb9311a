import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadConfig } from "../load.ts";

const folder = mkdtempSync(join(tmpdir(), "attach-limits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(file: string, env: Readonly<Record<string, string>> = {}) {
  writeFileSync(join(folder, "attach.yaml"), file);
  return loadConfig({ env: { OIDC_ISSUER: "https://idp.example.com", ...env }, cwd: folder });
}
function wrong(file: string, env: Readonly<Record<string, string>> = {}): string[] {
  const loaded = load(file, env);
  return loaded.ok ? [] : loaded.reason.map(({ key, problem }) => `${key} ${problem}`);
}

describe("limits", () => {
  test("there is none unless one is set", () => {
    const loaded = load("");
    expect(loaded.ok && loaded.value.limits.rules).toEqual([]);
  });

  test("R08: MAX_TOKENS_PER_MIN is a rule by owner over a sliding minute", () => {
    const loaded = load("", { MAX_TOKENS_PER_MIN: "500" });
    expect(loaded.ok && loaded.value.limits.rules).toEqual([
      {
        name: "tokens-per-minute",
        counts: "tokens",
        limit: 500,
        window: { kind: "sliding", ms: 60_000 },
        by: ["user"],
        only: {},
      },
    ]);
  });

  test("the file's limits, budgets and prices", () => {
    const loaded = load(`
limits:
  requests: [{ name: chat, limit: 5, window: 10s, route: /api/chat, by: [user, agent] }]
  concurrency: [{ limit: 2, by: [] }]
  budgets:
    - { money: 12.5, window: day, user: "https://idp.example.com|alice" }
    - { tokens: 9, model: GPT* }
  prices: [{ models: [GPT-4o], input: 2.5, output: "10" }]
`);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.reason));
    const { rules, prices } = loaded.value.limits;
    expect(rules.map(({ name, counts, limit }) => [name, counts, limit])).toEqual([
      ["concurrency-1", "concurrency", 2],
      ["chat", "requests", 5],
      ["budget-1", "money", 12.5e9],
      ["budget-2", "tokens", 9],
    ]);
    expect(rules[2]?.only).toEqual({ user: { iss: "https://idp.example.com", sub: "alice" } });
    expect(rules[3]?.only).toEqual({ model: "gpt*" });
    expect(prices).toEqual([{ model: "gpt-4o", input: 2_500, output: 10_000 }]);
  });

  test.each([
    ["requests: [{ limit: 0 }]", "must be a whole number"],
    ["requests: [{ limit: 1, name: 'a\"b' }]", "must begin with a letter"],
    ["requests: [{ limit: 1, name: x }, { limit: 1, name: x }]", "is the name of another limit"],
    ["budgets: [{ tokens: 1, name: tokens-per-minute }]", "is the name of another limit"],
    ["budgets: [{ window: day }]", "must have tokens or money"],
    ["budgets: [{ money: 1 }]", "must say what models cost"],
    ["budgets: [{ money: '1,5' }]", "must be a decimal number"],
    ["budgets: [{ money: 0 }]\n  prices: [{ models: [a] }]", "must be more than 0"],
    ["prices: [{ input: 1 }]", "must name models"],
  ])("refuses %s", (limits, problem) => {
    expect(wrong(`limits:\n  ${limits}\n`).join()).toContain(problem);
  });
});

describe("Redis", () => {
  const redis = { REDIS_URL: "redis://:password@redis:6379" };

  test("needs ATTACH_SECRET, and never shows its address", () => {
    expect(wrong("", redis)).toEqual([
      "ATTACH_SECRET must be set where there is Redis: all nodes need the same",
    ]);
    expect(wrong("", { ...redis, ATTACH_SECRET: "s".repeat(32) })).toEqual([]);
  });

  test("is named by a URL of its own kind", () => {
    expect(wrong("", { REDIS_URL: "http://redis", ATTACH_SECRET: "s".repeat(32) }).join()).toContain(
      "must begin with redis://",
    );
  });
});
