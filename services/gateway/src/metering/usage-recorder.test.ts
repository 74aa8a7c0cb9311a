import { expect, test } from "vitest";
import type { UsageRecord, UsageStore } from "../core/ports/metering.ts";
import type { Principal } from "../core/principal.ts";
import { createUsageRecorder } from "./usage-recorder.ts";

const HOUR = 3_600_000;
const OWNER = { iss: "https://idp.example", sub: "alice", tenant: null };

function aPrincipal(fields: Partial<Principal> = {}): Principal {
  return { kind: "user", owner: OWNER, ...fields } as Principal;
}

function aRecord(fields: Partial<UsageRecord> = {}): UsageRecord {
  return {
    id: "request-1",
    time: 10 * HOUR + 5,
    owner: OWNER,
    agent: null,
    root: null,
    model: "llama",
    upstream: "default",
    usage: { inputTokens: 10, outputTokens: 5, source: "engine" },
    aborted: false,
    ...fields,
  };
}

type Written = Parameters<UsageStore["add"]>;

function recorder(options: { fail?: () => boolean; capacity?: number; events?: boolean } = {}) {
  const written: Written[] = [];
  const made = createUsageRecorder({
    store: {
      async add(...entry) {
        if (options.fail?.()) throw new Error("the disk is full");
        written.push(entry);
      },
    },
    ...(options.events ? { eventOf: ({ id }: UsageRecord) => id } : {}),
    ...(options.capacity === undefined ? {} : { capacity: options.capacity }),
    everyMs: 5,
    retryMs: 5,
    log: { error: () => {} },
  });
  return { made, written, sums: () => written.flatMap(([sums]) => sums) };
}

test("writes one row for many calls of one user, agent and model", async () => {
  const { made, sums } = recorder();
  const alice = aPrincipal();
  for (let n = 0; n < 1_000; n++) made.record(aRecord(), alice);
  await made.flush();
  expect(sums()).toEqual([
    {
      hour: 10 * HOUR,
      owner: OWNER,
      agent: null,
      model: "llama",
      upstream: "default",
      requests: 1_000,
      inputTokens: 10_000,
      outputTokens: 5_000,
      estimatedTokens: 0,
    },
  ]);
  expect(made.waiting).toBe(0);
});

test("keeps hours, models, agents and owners apart, whichever token they came by", async () => {
  const { made, sums } = recorder();
  const agent = aPrincipal({ kind: "agent", agent: "coder" });
  made.record(aRecord(), aPrincipal());
  made.record(aRecord(), aPrincipal());
  made.record(aRecord({ time: 11 * HOUR }), aPrincipal());
  made.record(aRecord({ model: null }), aPrincipal());
  made.record(aRecord(), agent);
  made.record(aRecord(), aPrincipal({ owner: { ...OWNER, iss: "https://other.example" } }));
  await made.flush();
  expect(sums().map(({ hour, agent, model, requests }) => [hour / HOUR, agent, model, requests])).toEqual([
    [10, null, "llama", 2],
    [11, null, "llama", 1],
    [10, null, null, 1],
    [10, "coder", "llama", 1],
    [10, null, "llama", 1],
  ]);
});

test("gives one owner a bounded number of rows an hour, and loses no token by it", async () => {
  const { made, sums } = recorder();
  const alice = aPrincipal();
  for (let n = 0; n < 2_000; n++) made.record(aRecord({ model: `model-${n}` }), alice);
  await made.flush();
  expect(sums().length).toBeLessThanOrEqual(257);
  expect(sums().reduce((sum, { inputTokens }) => sum + inputTokens, 0)).toBe(20_000);
  expect(sums().at(-1)).toMatchObject({ agent: "(other)", model: "(other)" });
});

test("waits while the store fails and then writes everything once", async () => {
  let isFull = true;
  const { made, written, sums } = recorder({ fail: () => isFull, events: true });
  const alice = aPrincipal();
  made.record(aRecord({ id: "a" }), alice);
  await expect.poll(() => made.failing).toBe(true);
  made.record(aRecord({ id: "b" }), alice);
  isFull = false;
  await made.flush();
  expect(sums().reduce((sum, { requests }) => sum + requests, 0)).toBe(2);
  expect(written.flatMap(([, events]) => events.map(({ id }) => id))).toEqual(["a", "b"]);
  expect(made.failing).toBe(false);
});

test("drops events beyond its capacity and counts them, but no sums", async () => {
  let isFull = true;
  const { made, sums } = recorder({ fail: () => isFull, events: true, capacity: 3 });
  const alice = aPrincipal();
  for (let n = 0; n < 10; n++) made.record(aRecord({ id: `${n}` }), alice);
  expect(made.dropped).toBe(7);
  isFull = false;
  await made.flush();
  expect(sums()[0]?.requests).toBe(10);
});

test("gives up when it is closed and the store goes on failing", async () => {
  const { made } = recorder({ fail: () => true });
  made.record(aRecord(), aPrincipal());
  await made.close(20);
  expect(made.failing).toBe(true);
});
