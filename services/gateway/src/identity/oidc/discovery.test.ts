import { describe, expect, test } from "vitest";
import { ok, refuse } from "../../core/result.ts";
import { type DiscoveryOptions, discoverKeys, discoveryAddress } from "./discovery.ts";

const ISSUER = "https://idp.test/tenant";
const options = (changes: Partial<DiscoveryOptions> = {}): DiscoveryOptions => ({
  issuer: ISSUER,
  allowInsecure: false,
  ...changes,
});
const discover = (document: object, changes: Partial<DiscoveryOptions> = {}) =>
  discoverKeys(options(changes), async () => ok(JSON.parse(JSON.stringify(document))));

describe("the address of the discovery document", () => {
  test.each([
    [{}, `${ISSUER}/.well-known/openid-configuration`],
    [{ issuer: "https://idp.test/" }, "https://idp.test/.well-known/openid-configuration"],
    [{ discoveryUrl: "https://other.test" }, "https://other.test/.well-known/openid-configuration"],
    [{ discoveryUrl: "https://other.test/.well-known/x" }, "https://other.test/.well-known/x"],
    [{ issuer: "http://127.0.0.1:9000" }, "http://127.0.0.1:9000/.well-known/openid-configuration"],
    [{ issuer: "http://localhost:9000" }, "http://localhost:9000/.well-known/openid-configuration"],
    [{ issuer: "http://[::1]:9000" }, "http://[::1]:9000/.well-known/openid-configuration"],
    [{ issuer: "http://idp:9000", allowInsecure: true }, "http://idp:9000/.well-known/openid-configuration"],
  ])("of %j", (changes, address) => {
    expect(discoveryAddress(options(changes)).href).toBe(address);
  });

  test.each([
    "http://idp.test",
    "http://localhost.evil.test",
    "http://127.0.0.1.evil.test",
    "ftp://idp.test",
    "file:///etc/passwd",
    "https://user:pass@idp.test",
    "https://idp.test/#x",
    "idp.test",
    "",
  ])("is refused at construction: %s", (issuer) => {
    expect(() => discoveryAddress(options({ issuer }))).toThrow(TypeError);
  });

  test("is refused in plain http for an https issuer too", () => {
    expect(() => discoveryAddress(options({ discoveryUrl: "http://other.test" }))).toThrow(/https/);
  });
});

describe("discovery", () => {
  test("gives the address of the keys", async () => {
    const document = { issuer: ISSUER, jwks_uri: "https://keys.test/jwks" };
    expect(await discover(document)).toEqual({ ok: true, value: "https://keys.test/jwks" });
  });

  test("wants exactly our issuer, and names the trap of the trailing slash", async () => {
    const slash = await discover({ issuer: `${ISSUER}/`, jwks_uri: "https://keys.test/jwks" });
    expect(slash).toMatchObject({ ok: false, reason: expect.stringContaining("trailing slash") });
    const other = await discover({ issuer: "https://evil.test", jwks_uri: "https://keys.test/jwks" });
    expect(other).toMatchObject({ ok: false, reason: expect.stringContaining("https://evil.test") });
    expect(await discover({ jwks_uri: "https://keys.test/jwks" })).toMatchObject({ ok: false });
  });

  test.each([
    ["plain http", "http://keys.test/jwks"],
    ["this machine", "http://127.0.0.1:6379/"],
    ["a file", "file:///etc/passwd"],
    ["nothing", undefined],
    ["a list", ["https://keys.test/jwks"]],
  ])("refuses keys at %s", async (_name, jwks_uri) => {
    expect(await discover({ issuer: ISSUER, jwks_uri })).toMatchObject({ ok: false });
  });

  test("lets an issuer on loopback have its keys there", async () => {
    const issuer = "http://127.0.0.1:9000";
    const keys = await discover({ issuer, jwks_uri: `${issuer}/jwks` }, { issuer });
    expect(keys).toEqual({ ok: true, value: `${issuer}/jwks` });
    expect(await discover({ issuer, jwks_uri: "http://keys.test/jwks" }, { issuer })).toMatchObject({
      ok: false,
    });
  });

  test("passes on why the document did not come", async () => {
    const failed = await discoverKeys(options(), async () => refuse("answered with status 500"));
    expect(failed).toMatchObject({ ok: false, reason: expect.stringContaining("status 500") });
  });
});
