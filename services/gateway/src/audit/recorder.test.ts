import { describe, expect, test } from "vitest";
import type { AuditEvent } from "../core/ports/audit.ts";
import type { Gap } from "./gap.ts";
import { createRecorder, type RecorderOptions } from "./recorder.ts";

const anEvent = (n: number): AuditEvent => ({
  time: n,
  action: "request.allow",
  decision: "allow",
  reason: null,
  user: null,
  chain: [],
  jti: null,
  root: null,
  session: null,
  resource: `call ${n}`,
  policy: null,
  requestId: null,
});

/** A trail that can be stopped and can fail. */
function aTrail() {
  const batches: AuditEvent[][] = [];
  let gate: Promise<void> = Promise.resolve();
  let failures = 0;
  const append = async (events: readonly AuditEvent[]) => {
    await gate;
    if (failures > 0) {
      failures--;
      throw new Error("disk full");
    }
    batches.push([...events]);
  };
  return {
    trail: { append },
    batches,
    written: () => batches.flat().map(({ resource, reason }) => reason ?? resource),
    stop(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    fail(times: number) {
      failures = times;
    },
  };
}

function aRecorder(to: ReturnType<typeof aTrail>, options: Partial<RecorderOptions> = {}) {
  const errors: string[] = [];
  const recorder = createRecorder({
    trail: to.trail,
    gapEvent: (gap: Gap) => ({ ...anEvent(gap.until), action: "audit.gap", reason: `gap of ${gap.dropped}` }),
    log: { error: (fields, message) => errors.push(`${message} ${JSON.stringify(fields)}`) },
    everyMs: 1,
    retryMs: 1,
    ...options,
  });
  return { recorder, errors };
}

const calls = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `call ${from + index}`);

describe("the recorder of calls", () => {
  test("writes in order and in batches, behind the caller's back", async () => {
    const to = aTrail();
    const { recorder } = aRecorder(to, { batch: 10 });
    for (let n = 1; n <= 25; n++) recorder.record(anEvent(n));
    expect(to.written()).toEqual([]);
    await recorder.flush();
    expect(to.written()).toEqual(calls(1, 25));
    expect(to.batches.map(({ length }) => length)).toEqual([10, 10, 5]);
  });

  test("writes a single record without being asked", async () => {
    const to = aTrail();
    aRecorder(to).recorder.record(anEvent(1));
    await expect.poll(to.written).toEqual(["call 1"]);
  });

  test("S21: drops what a full queue cannot take, counts it, and records the gap in its place", async () => {
    const to = aTrail();
    const { recorder } = aRecorder(to, { capacity: 10, batch: 5 });
    const go = to.stop();
    for (let n = 1; n <= 17; n++) recorder.record(anEvent(n));
    expect([recorder.waiting, recorder.dropped]).toEqual([10, 7]);
    go();
    await recorder.flush();
    recorder.record(anEvent(18));
    await recorder.flush();
    expect(to.written()).toEqual([...calls(1, 10), "gap of 7", "call 18"]);
  });

  test("S21: does not come back from an overflow before half of it is written: one gap, not hundreds", async () => {
    const to = aTrail();
    const { recorder } = aRecorder(to, { capacity: 10, batch: 2 });
    let n = 0;
    const append = to.trail.append;
    to.trail.append = async (events) => {
      await append(events);
      if (n < 40) recorder.record(anEvent(++n));
    };
    while (n < 15) recorder.record(anEvent(++n));
    await recorder.flush();
    const gaps = to.written().filter((line) => line?.startsWith("gap"));
    expect(gaps.length).toBeLessThanOrEqual(2);
    const told = gaps.reduce((sum, line) => sum + Number(line?.slice("gap of ".length)), 0);
    expect(told).toBe(recorder.dropped);
  });

  test("keeps what a failing store did not take, says so once, and writes it when it can", async () => {
    const to = aTrail();
    to.fail(Number.POSITIVE_INFINITY);
    const { recorder, errors } = aRecorder(to);
    recorder.record(anEvent(1));
    await expect.poll(() => recorder.failing).toBe(true);
    recorder.record(anEvent(2));
    to.fail(0);
    await expect.poll(to.written).toEqual(["call 1", "call 2"]);
    expect(recorder.failing).toBe(false);
    expect(errors).toHaveLength(1);
  });

  test("writes everything that waits when it is closed", async () => {
    const to = aTrail();
    const { recorder } = aRecorder(to, { everyMs: 60_000 });
    for (let n = 1; n <= 3; n++) recorder.record(anEvent(n));
    await recorder.close(1_000);
    expect(to.written()).toEqual(calls(1, 3));
  });

  test("gives a store up that fails for too long, and says how much was lost", async () => {
    const to = aTrail();
    to.fail(Number.POSITIVE_INFINITY);
    const { recorder, errors } = aRecorder(to, { retryMs: 5 });
    for (let n = 1; n <= 3; n++) recorder.record(anEvent(n));
    await recorder.close(20);
    expect(errors.at(-1)).toContain('{"lost":3}');
  });
});
