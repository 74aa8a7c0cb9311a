import { expect, test } from "vitest";
import type { CallEnd, RelayedCall, Reservation, Usage } from "../core/ports/relayed-call.ts";
import { follow, settle } from "./follow.ts";

const call = { requestId: "r1" } as RelayedCall;
const end = { status: 200 } as CallEnd;
const USAGE: Usage = { inputTokens: 1, outputTokens: 2, source: "engine" };

function logged() {
  const lines: string[] = [];
  return { lines, log: { warn: (_fields: object, message: string) => void lines.push(message) } };
}

function reserved(): { reservation: Reservation; settled: (Usage | null)[] } {
  const settled: (Usage | null)[] = [];
  return { settled, reservation: { headers: [], settle: (_end, usage) => void settled.push(usage) } };
}

test("nobody follows a call that nobody wants to follow", () => {
  const { log } = logged();
  expect(follow(call, {}, log)).toBeNull();
  expect(follow(call, { meter: { begin: () => null } }, log)).toBeNull();
});

test("a tap that fails is not heard from again; the other one, and the call, go on", () => {
  const { log, lines } = logged();
  const seen: string[] = [];
  const broken = {
    head: () => void seen.push("broken head"),
    data: () => {
      seen.push("broken data");
      throw new Error("a bug");
    },
  };
  const sound = { head: () => void seen.push("head"), data: () => void seen.push("data") };
  const following = follow(
    call,
    {
      meter: { begin: () => ({ tap: broken, settle: () => USAGE }) },
      mirror: { begin: () => ({ tap: sound, settle: () => undefined }) },
    },
    log,
  );
  following?.tap?.head(200, []);
  following?.tap?.data(Buffer.from("1"));
  following?.tap?.data(Buffer.from("2"));
  expect(seen).toEqual(["broken head", "head", "broken data", "data", "data"]);
  expect(lines).toHaveLength(1);
});

test.each<[string, () => Usage | null | Promise<Usage | null>, Usage | null]>([
  ["at once", () => USAGE, USAGE],
  ["later", () => Promise.resolve(USAGE), USAGE],
  ["never, by an error", () => Promise.reject(new Error("a bug")), null],
  [
    "never, by a throw",
    () => {
      throw new Error("a bug");
    },
    null,
  ],
])("a reservation is settled exactly once, also where its cost is known %s", async (_name, cost, usage) => {
  const { log } = logged();
  const { reservation, settled } = reserved();
  const following = follow(call, { meter: { begin: () => ({ settle: cost }) } }, log);
  settle(reservation, following, { call, end, log });
  await new Promise((passed) => setImmediate(passed));
  expect(settled).toEqual([usage]);
});

test("a meter that cannot begin costs the call nothing, and its reservation is settled", () => {
  const { log, lines } = logged();
  const { reservation, settled } = reserved();
  const begin = () => {
    throw new Error("a bug");
  };
  expect(follow(call, { meter: { begin } }, log)).toBeNull();
  settle(reservation, null, { call, end, log });
  expect(settled).toEqual([null]);
  expect(lines).toHaveLength(1);
});
