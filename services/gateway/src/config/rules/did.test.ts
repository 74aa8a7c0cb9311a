import { describe, expect, test } from "vitest";
import { loadConfig } from "../load.ts";

const ISSUER = { OIDC_ISSUER: "https://idp.example.com" };
const load = (env: Record<string, string>) => loadConfig({ env, cwd: "/nowhere" });
const did = (env: Record<string, string>) => {
  const loaded = load({ ...ISSUER, ...env });
  return loaded.ok ? loaded.value.did : loaded.reason;
};

describe("log-in by DID", () => {
  test("is off until both settings are there, and one alone is said", () => {
    expect(did({})).toBeNull();
    for (const env of [{ DID_METHODS: "key" }, { DID_ALLOW: "*" }]) {
      const loaded = load({ ...ISSUER, ...env });
      expect(loaded.ok && loaded.value.did).toBeNull();
      expect(loaded.ok && loaded.value.warnings).toContainEqual(expect.stringContaining("DID log-in is off"));
    }
  });

  test("is on by what and by whom, and compatibility is asked for by name", () => {
    expect(did({ DID_METHODS: "key, pkh", DID_ALLOW: "*" })).toEqual({
      methods: ["key", "pkh"],
      allow: ["*"],
      compat: false,
    });
    expect(did({ DID_METHODS: "key", DID_ALLOW: "*", DID_COMPAT: "on" })).toMatchObject({ compat: true });
  });

  test("needs no identity provider beside it", () => {
    expect(load({ DID_METHODS: "key", DID_ALLOW: "*" }).ok).toBe(true);
    expect(load({ DID_METHODS: "key" }).ok).toBe(false);
  });

  test.each([
    { DID_METHODS: "keys", DID_ALLOW: "*" },
    { DID_METHODS: "key", DID_ALLOW: "key" },
    { DID_METHODS: "key", DID_ALLOW: "did:key:z*" },
    { DID_METHODS: "key", DID_ALLOW: "did:web:example.com" },
    { DID_METHODS: "key", DID_ALLOW: "*", ADMIN_SUBJECTS: "did:key:zA|did:key:zB" },
  ])("is refused with %o", (env) => {
    expect(load({ ...ISSUER, ...env }).ok).toBe(false);
  });

  test("admits administrators by their DID", () => {
    const loaded = load({ DID_METHODS: "key", DID_ALLOW: "*", ADMIN_SUBJECTS: "did:key:zA|did:key:zA" });
    expect(loaded.ok && loaded.value.scopes.admins).toEqual([{ iss: "did:key:zA", sub: "did:key:zA" }]);
  });

  test("says that hosts of did:web are named", () => {
    const loaded = load({ ...ISSUER, DID_METHODS: "web", DID_ALLOW: "*" });
    expect(loaded.ok && loaded.value.warnings).toContainEqual(expect.stringContaining("did:web"));
  });
});
