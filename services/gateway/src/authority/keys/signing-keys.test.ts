import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createKeyring } from "../../core/keyring.ts";
import type { SigningKeyRow, Store } from "../../core/ports/store.ts";
import { adoptSecret } from "./adopt-secret.ts";
import { PUBLISH_AHEAD_MS, RETIRE_AFTER_MS } from "./schedule.ts";
import { loadSigningKeys, type RotatingKeys } from "./signing-keys.ts";

const SECRET = "a secret of more than thirty-two bytes as it is";
const DAY = 86_400_000;
const clock = { time: 1_800_000_000_000, now: () => clock.time };
const log = { info: vi.fn(), error: vi.fn() };

/** The part of a store that keys need, in memory; the real one is tried in test/e2e. */
function memory() {
  const facts = new Map<string, string>();
  const store = {
    rows: [] as readonly SigningKeyRow[],
    facts,
    async rememberOnce(name, value) {
      if (!facts.has(name)) facts.set(name, value);
      return facts.get(name) ?? value;
    },
    replaceFact: async (name, value) => void facts.set(name, value),
    loadSigningKeys: async () => store.rows,
    async addFirstSigningKey(key) {
      if (store.rows.length === 0) store.rows = [key];
      return store.rows;
    },
    async replaceSigningKeys({ expected, keys }) {
      if (store.rows.findLast(({ status }) => status === "active")?.kid !== expected) return "changed";
      store.rows = keys;
      return "replaced";
    },
  } as Pick<
    Store,
    "rememberOnce" | "replaceFact" | "loadSigningKeys" | "addFirstSigningKey" | "replaceSigningKeys"
  > & { rows: readonly SigningKeyRow[]; facts: Map<string, string> };
  return store;
}

type Memory = ReturnType<typeof memory>;

const opened: RotatingKeys[] = [];
async function load(store: Memory, { secret = SECRET, algorithm = "ES256" as "ES256" | "RS256" } = {}) {
  const keyring = createKeyring(secret);
  await adoptSecret({ store, keyring, clock });
  const keys = await loadSigningKeys({ store, keyring, clock, algorithm, rotateEveryMs: 30 * DAY, log });
  opened.push(keys);
  return keys;
}

const kids = (keys: RotatingKeys) => keys.jwks().keys.map(({ kid }) => kid);
/** Lets the time for a look pass, and the look end. */
async function look(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1_000);
  // Keys are made off the event loop, by real threads.
  await new Promise((wake) => setTimeout(wake, 30));
}

beforeEach(() => {
  clock.time = 1_800_000_000_000;
  log.error.mockClear();
});
afterEach(() => {
  for (const keys of opened.splice(0)) keys.close();
  vi.useRealTimers();
});

describe("signing keys", () => {
  test("are made once and found again, public members only", async () => {
    const store = memory();
    const first = await load(store);
    const second = await load(store);
    expect(second.active().kid).toBe(first.active().kid);
    expect(second.active().privateKey.equals(first.active().privateKey)).toBe(true);
    expect(second.find("another")).toBeUndefined();
    expect(Object.keys(first.jwks().keys[0] ?? {})).not.toContain("d");
  });

  test("those who start at once sign with one key", async () => {
    const store = memory();
    const all = await Promise.all([load(store), load(store), load(store)]);
    expect(new Set(all.map((keys) => keys.active().kid)).size).toBe(1);
  });

  test("RS256 where that is asked for, public members only", async () => {
    const keys = await load(memory(), { algorithm: "RS256" });
    expect(keys.active().alg).toBe("RS256");
    expect(Object.keys(keys.jwks().keys[0] ?? {}).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
  });

  test("S13: another secret is told apart from a damaged key", async () => {
    const store = memory();
    await load(store);
    await expect(load(store, { secret: SECRET.toUpperCase() })).rejects.toThrow(
      /ATTACH_SECRET is not the one/,
    );
    const [row] = store.rows;
    if (row === undefined) throw new Error("no key");
    store.rows = [{ ...row, sealedPrivateKey: `${row.sealedPrivateKey.slice(0, -4)}AAAA` }];
    await expect(load(store)).rejects.toThrow(/damaged/);
  });

  test("S13: a row that was given another key's ciphertext or id does not open", async () => {
    const [one, two] = [memory(), memory()];
    await load(one);
    await load(two);
    const [mine] = one.rows;
    const [theirs] = two.rows;
    if (mine === undefined || theirs === undefined) throw new Error("no key");
    one.rows = [{ ...mine, sealedPrivateKey: theirs.sealedPrivateKey }];
    await expect(load(one)).rejects.toThrow(/damaged/);
    one.rows = [{ ...mine, publicJwk: theirs.publicJwk }];
    expect((await load(one)).jwks().keys[0]?.kid).toBe(mine.kid);
    expect((await load(one)).jwks().keys[0]?.x).not.toBe(JSON.parse(theirs.publicJwk).x);
    one.rows = [{ ...mine, alg: "RS256" }];
    await expect(load(one)).rejects.toThrow(/not the key that its id says/);
  });
});

describe("rotation", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));

  test("T09: a key is published before it signs, signs, is published until its tokens are over, and then kept for proof only", async () => {
    const store = memory();
    const [one, two] = [await load(store), await load(store)];
    const old = one.active().kid;
    clock.time += 30 * DAY - PUBLISH_AHEAD_MS;
    await look();
    expect(kids(one)).toHaveLength(2);
    expect(one.active().kid, "the new key is only published yet").toBe(old);
    await look();
    expect(kids(two).sort(), "every process publishes it").toEqual(kids(one).sort());

    clock.time += PUBLISH_AHEAD_MS;
    await look();
    await look();
    const fresh = one.active().kid;
    expect(fresh).not.toBe(old);
    expect(two.active().kid).toBe(fresh);
    expect(two.find(old)?.kid).toBe(old);

    clock.time += RETIRE_AFTER_MS;
    await look();
    await look();
    for (const keys of [one, two]) {
      expect(kids(keys)).toEqual([fresh]);
      expect(keys.find(old)).toBeUndefined();
      expect(keys.findEver(old)?.kid).toBe(old);
    }
    const again = await load(store);
    expect(again.findEver(old)?.publicKey.asymmetricKeyType).toBe("ec");
    expect(again.find(old)).toBeUndefined();
    expect(log.error).not.toHaveBeenCalled();
  });

  test("a change of algorithm is a rotation, with both kinds published meanwhile", async () => {
    const store = memory();
    const { kid } = (await load(store)).active();
    const keys = await load(store, { algorithm: "RS256" });
    expect(keys.active().kid).toBe(kid);
    await look();
    expect(keys.jwks().keys.map(({ alg }) => alg)).toEqual(["ES256", "RS256"]);
    clock.time += PUBLISH_AHEAD_MS;
    await look();
    await look();
    expect(keys.active().alg).toBe("RS256");
    expect(keys.find(kid)?.alg).toBe("ES256");
  });

  test("what cannot be opened is not taken over: the keys that were known go on", async () => {
    const store = memory();
    const keys = await load(store);
    const [row] = store.rows;
    const stranger = memory();
    await load(stranger, { secret: "another secret of more than thirty-two bytes" });
    const [theirs] = stranger.rows;
    if (row === undefined || theirs === undefined) throw new Error("no key");
    store.rows = [{ ...row, status: "retiring" }, theirs];
    await look();
    expect(keys.active().kid).toBe(row.kid);
    expect(log.error).toHaveBeenCalled();
  });
});

describe("S13: a new ATTACH_SECRET", () => {
  const NEWER = "the second secret of more than thirty-two bytes";

  test("takes everything over, so that the old one can be left out and nothing is lost", async () => {
    const store = memory();
    const before = await load(store);
    const lasting = await adoptSecret({ store, keyring: createKeyring(SECRET), clock });
    await load(store, { secret: `${NEWER},${SECRET}` });
    const after = await load(store, { secret: NEWER });
    expect(after.active().kid).toBe(before.active().kid);
    expect(after.active().privateKey.equals(before.active().privateKey)).toBe(true);
    const now = await adoptSecret({ store, keyring: createKeyring(NEWER), clock });
    expect(now.sessions.equals(lasting.sessions), "session ids stay").toBe(true);
    expect(
      now.clientSecrets[0]?.equals(lasting.clientSecrets[0] ?? Buffer.of()),
      "so do clients' secrets",
    ).toBe(true);
    await expect(load(store, { secret: SECRET })).rejects.toThrow(/ATTACH_SECRET is not the one/);
    const sealed = [...store.facts.values(), ...store.rows.map((row) => row.sealedPrivateKey)];
    expect(sealed.every((text) => createKeyring(NEWER).isCurrent(text))).toBe(true);
  });

  test("keeps the ids that a store from before has given: they come from its oldest secret", async () => {
    const old = createKeyring(SECRET);
    const { sessions } = await adoptSecret({
      store: memory(),
      keyring: createKeyring(`${NEWER},${SECRET}`),
      clock,
    });
    expect(sessions.equals(old.subkey("sessions"))).toBe(true);
  });
});
