import { describe, expect, test } from "vitest";
import { createKeyring } from "../core/keyring.ts";
import type { SigningKeyRow, Store } from "../core/ports/store.ts";
import { loadSigningKeys } from "./keys.ts";

const SECRET = "a secret of more than thirty-two bytes, it is".replace(",", "");
const clock = { now: () => 1_800_000_000_000 };

/** The part of a store that keys need, in memory; the real one is tried in test/e2e. */
function memory(): Pick<Store, "rememberOnce" | "loadSigningKeys" | "addFirstSigningKey"> & {
  rows: SigningKeyRow[];
} {
  const facts = new Map<string, string>();
  const rows: SigningKeyRow[] = [];
  return {
    rows,
    async rememberOnce(name, value) {
      if (!facts.has(name)) facts.set(name, value);
      return facts.get(name) ?? value;
    },
    loadSigningKeys: async () => [...rows],
    async addFirstSigningKey(key) {
      if (rows.length === 0) rows.push(key);
      return [...rows];
    },
  };
}

const load = (store: ReturnType<typeof memory>, secret = SECRET) =>
  loadSigningKeys({ store: store as unknown as Store, keyring: createKeyring(secret), clock });

describe("signing keys", () => {
  test("are made once and found again, public members only", async () => {
    const store = memory();
    const first = await load(store);
    const second = await load(store);
    expect(second.active().kid).toBe(first.active().kid);
    expect(second.find(first.active().kid)?.privateKey.equals(first.active().privateKey)).toBe(true);
    expect(second.find("another")).toBeUndefined();
    expect(Object.keys(first.jwks().keys[0] ?? {})).not.toContain("d");
  });

  test("those who start at once sign with one key", async () => {
    const store = memory();
    const all = await Promise.all([load(store), load(store), load(store)]);
    expect(new Set(all.map((keys) => keys.active().kid)).size).toBe(1);
  });

  test("S13: another secret is told apart from a damaged key", async () => {
    const store = memory();
    await load(store);
    await expect(load(store, SECRET.toUpperCase())).rejects.toThrow(/ATTACH_SECRET is not the one/);
    const [row] = store.rows;
    if (row === undefined) throw new Error("no key");
    store.rows[0] = { ...row, sealedPrivateKey: `${row.sealedPrivateKey.slice(0, -4)}AAAA` };
    await expect(load(store)).rejects.toThrow(/damaged/);
  });

  test("S13: a row that was given another key's ciphertext or id does not open", async () => {
    const [one, two] = [memory(), memory()];
    await load(one);
    await load(two);
    const [mine] = one.rows;
    const [theirs] = two.rows;
    if (mine === undefined || theirs === undefined) throw new Error("no key");
    one.rows[0] = { ...mine, sealedPrivateKey: theirs.sealedPrivateKey };
    await expect(load(one)).rejects.toThrow(/damaged/);
    one.rows[0] = { ...mine, publicJwk: theirs.publicJwk };
    expect((await load(one)).jwks().keys[0]?.kid).toBe(mine.kid);
    expect((await load(one)).jwks().keys[0]?.x).not.toBe(JSON.parse(theirs.publicJwk).x);
  });
});
