import { beforeEach, describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../../../../test/support/identity/manual-clock.ts";
import { makeKey } from "../../../../../test/support/identity/tokens.ts";
import type { Json } from "../../core/strict-json.ts";
import { type IssuerKey, readJwkSet } from "./jwk.ts";
import { createKeySet, KEY_TIMES, type KeySet } from "./jwks.ts";

const [first, second, third] = ["k1", "k2", "k3"].map((kid) => {
  const key = readJwkSet({ keys: [makeKey(kid).jwk as Json] }, ["ES256"])?.keys[0];
  if (key === undefined) throw new Error("no key");
  return key;
}) as [IssuerKey, IssuerKey, IssuerKey];

let clock: ManualClock;
let published: readonly IssuerKey[] | undefined;
let loads: number;
let set: KeySet;

beforeEach(() => {
  clock = manualClock();
  published = [first];
  loads = 0;
  set = createKeySet({
    clock,
    load: async () => {
      loads++;
      return published;
    },
  });
});

const find = async (kid: string | undefined, alg = "ES256") => {
  const found = await set.find({ kid, alg });
  return found.ok ? found.value.key.kid : found.reason;
};
const generation = async (kid: string) => {
  const found = await set.find({ kid, alg: "ES256" });
  return found.ok ? found.value.generation : Number.NaN;
};
/** Lets a refresh in the background end. */
const settle = () => new Promise((done) => setImmediate(done));

describe("an issuer's key set", () => {
  test("is read at the first token, and once for many", async () => {
    expect(await Promise.all([find("k1"), find("k1"), find("k1")])).toEqual(["k1", "k1", "k1"]);
    expect(await find("k1")).toBe("k1");
    expect(loads).toBe(1);
  });

  test("is renewed behind the requests when it is five minutes old", async () => {
    await set.refresh();
    published = [first, second];
    clock.advance(KEY_TIMES.fresh - 1);
    expect(await find("k1")).toBe("k1");
    await settle();
    expect(loads).toBe(1);
    clock.advance(1);
    expect(await find("k1")).toBe("k1");
    await settle();
    expect([loads, await find("k2")]).toEqual([2, "k2"]);
  });

  test("is renewed by remembered tokens too, and a withdrawn key goes with it", async () => {
    await set.refresh();
    const before = await generation("k1");
    expect(set.isCurrent(before)).toBe(true);
    published = [second];
    clock.advance(KEY_TIMES.fresh);
    expect(set.isCurrent(before)).toBe(true);
    await settle();
    expect(set.isCurrent(before)).toBe(false);
    expect(await find("k1")).toBe("unknown_key");
  });

  test("keeps its generation while it says the same, in whatever order", async () => {
    published = [first, second];
    const before = await generation("k1");
    published = [second, first];
    clock.advance(KEY_TIMES.fresh);
    await set.refresh();
    expect(loads).toBe(2);
    expect(set.isCurrent(before)).toBe(true);
  });

  test("changes its generation when a kid comes to mean another key", async () => {
    const before = await generation("k1");
    published = [{ ...first, publicKey: second.publicKey }];
    await set.refresh();
    expect(set.isCurrent(before)).toBe(false);
  });

  test("is asked for again for a kid not seen yet, as a rotation brings", async () => {
    await set.refresh();
    published = [second];
    expect(await find("k2")).toBe("k2");
    expect(loads).toBe(2);
    published = [third];
    expect(await find("k3")).toBe("unknown_key");
    clock.advance(KEY_TIMES.interval);
    expect(await find("k3")).toBe("k3");
  });

  test("a flood of made-up kids costs one fetch an interval", async () => {
    await set.refresh();
    for (let round = 0; round < 3; round++) {
      clock.advance(KEY_TIMES.interval);
      const flood = Array.from({ length: 500 }, (_, i) => find(`made-up-${round}-${i}`));
      expect(new Set(await Promise.all(flood))).toEqual(new Set(["unknown_key"]));
      expect(await find("made-up-later")).toBe("unknown_key");
    }
    expect(loads).toBe(4);
    expect(await find("k1")).toBe("k1");
  });

  test("outlives an outage for a day, then fails closed", async () => {
    await set.refresh();
    const before = await generation("k1");
    published = undefined;
    clock.advance(KEY_TIMES.stale - 1);
    expect(await find("k1")).toBe("k1");
    expect(set.isCurrent(before)).toBe(true);
    await settle();
    expect(set.state()).toBe("stale");
    clock.advance(1);
    expect(await find("k1")).toBe("issuer_unavailable");
    expect(set.isCurrent(before)).toBe(false);
    expect(set.state()).toBe("none");
  });

  test("during an outage an unknown kid is not judged: it may be a new one", async () => {
    await set.refresh();
    published = undefined;
    clock.advance(KEY_TIMES.interval);
    expect(await find("k2")).toBe("issuer_unavailable");
    expect(await find("k2")).toBe("issuer_unavailable");
    expect(loads).toBe(2);
  });

  test("not there at the start: asks again every second, not at every token, and recovers", async () => {
    published = undefined;
    expect(await find("k1")).toBe("issuer_unavailable");
    expect(await find("k1")).toBe("issuer_unavailable");
    expect(loads).toBe(1);
    published = [first];
    clock.advance(KEY_TIMES.firstInterval);
    expect(await find("k1")).toBe("k1");
  });

  test("says how well it is known", async () => {
    expect(set.state()).toBe("none");
    await set.refresh();
    clock.advance(KEY_TIMES.stale - 1);
    expect(set.state()).toBe("fresh");
    await settle();
    expect([set.state(), loads]).toEqual(["fresh", 2]);
  });

  test("survives a loader that throws", async () => {
    set = createKeySet({ clock, load: () => Promise.reject(new Error("boom")) });
    await set.refresh();
    expect(await find("k1")).toBe("issuer_unavailable");
  });

  test("a set that was emptied is believed", async () => {
    await set.refresh();
    published = [];
    await set.refresh();
    expect(await find("k1")).toBe("unknown_key");
  });

  test("gives a token without kid the only key that fits, and none where there are two", async () => {
    expect(await find(undefined)).toBe("k1");
    published = [first, third];
    await set.refresh();
    expect(await find(undefined)).toBe("unknown_key");
  });

  test("does not let a token choose another algorithm than its key's", async () => {
    expect(await find("k1", "RS256")).toBe("unsupported_algorithm");
    expect(await find("k1", "HS256")).toBe("unsupported_algorithm");
    expect(loads).toBe(1);
  });
});
