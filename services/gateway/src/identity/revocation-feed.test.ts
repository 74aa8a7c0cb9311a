import { expect, test } from "vitest";
import type { RevocationRecord } from "../core/ports/revocations.ts";
import { createRevocationFeed, type RevocationSource } from "./revocation-feed.ts";

const record = (value: string): RevocationRecord => ({ kind: "dlg", value, at: 1, until: 2 });

/** A log as a store keeps it, whose answers the test holds back or fails. */
function feed({ staleAfterMs = null }: { staleAfterMs?: number | null } = {}) {
  const log: RevocationRecord[] = [];
  const applied: string[] = [];
  const said: string[] = [];
  const state = { now: 0, down: false, gate: Promise.resolve(), questions: [] as number[] };
  const source: RevocationSource = {
    async revocationsSince(seq) {
      state.questions.push(seq);
      const answer = { seq: log.length, records: log.slice(seq) };
      await state.gate;
      if (state.down) throw new Error("down");
      return answer;
    },
  };
  const under = createRevocationFeed({
    source,
    revocations: { apply: ({ value }) => void applied.push(value) },
    since: 0,
    intervalMs: 1_000_000,
    staleAfterMs,
    log: { warn: (_fields, line) => void said.push(line), info: (_fields, line) => void said.push(line) },
    elapsed: () => state.now,
  });
  return { log, applied, said, state, under };
}

test("T05: applies what is new, each record once and in order", async () => {
  const { log, applied, under } = feed();
  log.push(record("a"), record("b"));
  await under.catchUp();
  log.push(record("c"));
  await under.catchUp();
  expect(applied).toEqual(["a", "b", "c"]);
  under.close();
});

test("asks one question at a time, and a call during one is answered by a later one", async () => {
  const { log, applied, state, under } = feed();
  let open = () => {};
  state.gate = new Promise((resolve) => {
    open = resolve;
  });
  const first = under.catchUp();
  await Promise.resolve();
  log.push(record("late"));
  const second = under.catchUp();
  expect(state.questions).toEqual([0]);
  open();
  await Promise.all([first, second]);
  expect(applied).toEqual(["late"]);
  under.close();
});

test("S20: a store that fails shows as lag, counted from when the last answered question was asked", async () => {
  const { state, said, under } = feed({ staleAfterMs: 5000 });
  await under.catchUp();
  state.down = true;
  state.now = 5000;
  await under.catchUp();
  await under.catchUp();
  expect([under.lag(), under.isStale(), said.length]).toEqual([5000, false, 1]);
  state.now = 5001;
  expect(under.isStale()).toBe(true);
  state.down = false;
  await under.catchUp();
  expect([under.lag(), under.isStale(), said.length]).toEqual([0, false, 2]);
  under.close();
});

test("S20: is never stale where failClosed is off, however long the store is silent", () => {
  const { state, under } = feed();
  state.now = 1e9;
  expect([under.lag(), under.isStale()]).toEqual([1e9, false]);
  under.close();
});
