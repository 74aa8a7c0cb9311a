import { expect, test } from "vitest";
import type { LimitRule, Price } from "../../services/gateway/src/core/limit-rule.ts";
import type {
  CallEnd,
  RelayedCall,
  Reservation,
  Usage,
} from "../../services/gateway/src/core/ports/relayed-call.ts";
import type { Principal } from "../../services/gateway/src/core/principal.ts";
import { createAccounts } from "../../services/gateway/src/limits/accounts.ts";
import { limitCalls } from "../../services/gateway/src/limits/call-limiter.ts";
import { createLimits } from "../../services/gateway/src/limits/limits.ts";
import { createMemoryLedger } from "../../services/gateway/src/limits/memory-ledger.ts";
import { modelOf } from "../../services/gateway/src/llm/model-of.ts";

// Ways past a budget that a review of the relay found. Each was let in, and cost more than was left.
const LIMIT = 2_000;
const clock = { now: () => Date.UTC(2026, 10, 21, 12) };
const principal = {
  kind: "user",
  owner: { iss: "https://idp.test", sub: "mallory", tenant: null },
} as Principal;

const tokens = (given: Partial<LimitRule> = {}): LimitRule => ({
  name: "budget",
  counts: "tokens",
  limit: LIMIT,
  window: { kind: "sliding", ms: 60_000 },
  by: ["user"],
  only: {},
  ...given,
});

function rig(rules: readonly LimitRule[], prices: readonly Price[] = []) {
  const ledger = createMemoryLedger({ clock });
  const accounts = createAccounts({ ledger, holder: "me", clock, shared: false });
  const place = () => ({ accounts, fallback: null });
  const limiter = limitCalls(createLimits({ rules, prices, outputReserve: 100, place, clock }));
  return (path: string, written: string | object) => {
    const body = Buffer.from(typeof written === "string" ? written : JSON.stringify(written));
    const reading = modelOf(body);
    const read = {
      body,
      json: reading.kind === "unreadable" ? null : reading.json,
      model: reading.kind === "named" ? reading.model : null,
      stream: null,
    };
    const call = {
      principal,
      method: "POST",
      path,
      scope: "llm:read",
      read,
      headers: {},
    } as unknown as RelayedCall;
    const judged = limiter.reserve(call);
    if (judged instanceof Promise) throw new Error("it is counted here");
    return judged;
  };
}

type Ask = ReturnType<typeof rig>;
function letIn(ask: Ask, path: string, body: string | object): Reservation {
  const judged = ask(path, body);
  if (!judged.ok) throw judged.reason;
  return judged.value;
}
const end = (given: Partial<CallEnd> = {}): CallEnd => ({
  upstream: "a",
  status: 200,
  bytesIn: 10,
  bytesOut: 10,
  firstByteAt: 1,
  endedAt: 2,
  aborted: false,
  error: null,
  ...given,
});
const used = (inputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  outputTokens,
  source: "engine",
});
/** How many calls are let in at once, of fifty. */
const atOnce = (ask: Ask, path: string, body: string | object) =>
  Array.from({ length: 50 }, () => ask(path, body)).filter(({ ok }) => ok).length;

test.each([
  ["elsewhere in the body", "/v1/chat/completions", { model: "m", metadata: { max_tokens: 1 } }],
  ["another engine's", "/api/chat", { model: "m", max_tokens: 1 }],
  ["another route's", "/v1/responses", { model: "m", max_tokens: 1 }],
  ["0, which bounds nothing", "/api/chat", { model: "m", options: { num_predict: 0 } }],
  [
    "taken back under another spelling",
    "/api/chat",
    '{"model":"m","options":{"num_predict":1},"OPTIONS":null}',
  ],
  [
    "spelt again with a Kelvin sign",
    "/v1/chat/completions",
    '{"model":"m","max_tokens":1,"max_to\u212aens":null}',
  ],
])("a bound that the engine does not keep bounds nothing: %s", (_what, path, body) => {
  expect(atOnce(rig([tokens()]), path, body)).toBeLessThanOrEqual(LIMIT / 100);
});

test.each([
  ["prompts", "/v1/completions", { model: "m", max_tokens: 100, prompt: new Array(100).fill("hi") }],
  [
    "conversations",
    "/v1/chat/completions/batch",
    { model: "m", max_tokens: 100, messages: new Array(100).fill([]) },
  ],
  ["answers, in quotes", "/v1/completions", { model: "m", max_tokens: 100, n: "100" }],
  ["answers without a bound", "/v1/completions", { model: "m", n: 1_000 }],
  ["more answers than anybody expects", "/v1/completions", { model: "m", max_tokens: 1, n: 5_000 }],
])("every answer is reserved for: %s", (_what, path, body) => {
  const stated = tokens({ limit: 4_000 });
  // Without a bound the guess never exceeds the whole limit, so that one call is let in.
  expect(atOnce(rig([stated]), path, body)).toBeLessThanOrEqual("max_tokens" in body ? 0 : 1);
});

test("a text without spaces is no picture", () => {
  const long = "a".repeat(40_000);
  const ask = rig([tokens()]);
  expect(
    ask("/api/chat", { model: "m", messages: [{ content: long }], options: { num_predict: 1 } }).ok,
  ).toBe(false);
  const tools = [{ function: { parameters: { data: long } } }];
  expect(ask("/api/chat", { model: "m", tools, options: { num_predict: 1 } }).ok).toBe(false);
  expect(ask("/api/chat", { model: "m", images: [long], options: { num_predict: 1 } }).ok).toBe(true);
});

test.each([
  ["twice", '{"model":"cheap","model":"dear","max_tokens":1900}'],
  ["not at all", '{"max_tokens":1900}'],
  ["in another case", '{"MODEL":"dear","max_tokens":1900}'],
])("whoever names the model %s gets past no limit by model", (_what, body) => {
  for (const rule of [tokens({ only: { model: "dear" } }), tokens({ by: ["user", "model"] })])
    expect(atOnce(rig([rule]), "/v1/chat/completions", body)).toBeLessThanOrEqual(LIMIT / 100);
});

test("a model that nobody can tell costs as much as the dearest", () => {
  const prices = [
    { model: "dear", input: 10, output: 10 },
    { model: "*", input: 0, output: 0 },
  ];
  const ask = rig([tokens({ counts: "money" })], prices);
  const hidden = letIn(ask, "/v1/chat/completions", '{"model":"*","model":"dear"}');
  hidden.settle(end(), used(10, 190));
  expect(ask("/v1/chat/completions", { model: "dear", max_tokens: 1 }).ok).toBe(false);
});

test("what runs in the background is counted as reserved, and needs a bound", () => {
  const ask = rig([tokens()]);
  const background = { model: "m", background: true };
  expect(ask("/v1/responses", background)).toMatchObject({ ok: false, reason: { code: "forbidden" } });
  const call = letIn(ask, "/v1/responses", { ...background, max_output_tokens: 1_950 });
  call.settle(end(), used(1, 1));
  expect(ask("/v1/responses", { model: "m", max_output_tokens: 100 }).ok).toBe(false);
});

test("whoever leaves before the answer pays for what may have been written", () => {
  const ask = rig([tokens()]);
  const bound = { model: "m", options: { num_predict: 1_950 } };
  letIn(ask, "/api/chat", bound).settle(end({ status: 0, aborted: true, firstByteAt: null }), used(5, 0));
  expect(ask("/api/chat", bound).ok).toBe(false);
});

test("a call that seems to cost nothing is counted when it cost something", () => {
  const prices = [{ model: "*", input: 0, output: 10 }];
  const ask = rig([tokens({ counts: "money" })], prices);
  letIn(ask, "/v1/embeddings", { model: "m", input: "hi" }).settle(end(), used(1, 500));
  expect(ask("/v1/embeddings", { model: "m", input: "hi" }).ok).toBe(false);
});
