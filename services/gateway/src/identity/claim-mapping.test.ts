import { describe, expect, test } from "vitest";
import type { JsonObject } from "../core/strict-json.ts";
import { readClaim, readMapped, STANDARD_CLAIMS } from "./claim-mapping.ts";

const CLAIMS: JsonObject = {
  sub: "s-1",
  oid: "o-1",
  name: "Alice Example",
  tid: "t-1",
  realm_access: { roles: ["admin", "user"] },
  resource_access: { "my.client": { roles: ["writer"] } },
  "https://acme.test/roles": ["a b", "c"],
  "a/b": { "~": 1 },
};

test("a claim is found by its name, by a path, by a pointer; a name like an address is never a path", () => {
  expect(readClaim(CLAIMS, "sub")).toBe("s-1");
  expect(readClaim(CLAIMS, "realm_access.roles")).toEqual(["admin", "user"]);
  expect(readClaim(CLAIMS, "/resource_access/my.client/roles")).toEqual(["writer"]);
  expect(readClaim(CLAIMS, "https://acme.test/roles")).toEqual(["a b", "c"]);
  expect(readClaim(CLAIMS, "/a~1b/~0")).toBe(1);
});

test.each([
  "missing",
  "sub.length",
  "realm_access.roles.0",
  "constructor",
  "__proto__",
  "toString.name",
  "/",
])("nothing is found at %s", (place) => {
  expect(readClaim(CLAIMS, place)).toBeUndefined();
});

describe("the mapping of an issuer", () => {
  const mapping = { subject: "oid", name: "name", tenant: "tid", roles: "realm_access.roles" };

  test("says whose token it is, and what is known of them", () => {
    expect(readMapped(CLAIMS, mapping)).toEqual({
      ok: true,
      value: { sub: "o-1", name: "Alice Example", tenant: "t-1", roles: ["admin", "user"] },
    });
    expect(readMapped(CLAIMS, STANDARD_CLAIMS)).toMatchObject({
      ok: true,
      value: { sub: "s-1", tenant: null, roles: [] },
    });
  });

  test("without the id there is nobody; another claim never takes its place", () => {
    const { oid: _, ...rest } = CLAIMS;
    expect(readMapped(rest, mapping)).toEqual({ ok: false, reason: "missing_claim" });
  });

  test.each([
    ["an id that is a number", { oid: 5 }, "bad_identifier"],
    ["an id with a line break", { oid: "a\nb" }, "bad_identifier"],
    ["an id that is null", { oid: null }, "bad_identifier"],
    ["a tenant that is a list", { tid: ["t-1"] }, "bad_identifier"],
    ["a tenant that is empty", { tid: "" }, "bad_identifier"],
    ["roles that are an object", { realm_access: { roles: { admin: true } } }, "malformed"],
    ["a role that is a number", { realm_access: { roles: ["a", 1] } }, "malformed"],
    ["a role with a control", { realm_access: { roles: ["a\u0000"] } }, "malformed"],
    ["a role that turns the text", { realm_access: { roles: ["\u202enimda"] } }, "malformed"],
    ["a role of 256 characters", { realm_access: { roles: ["x".repeat(256)] } }, "malformed"],
    ["257 roles", { realm_access: { roles: Array.from({ length: 257 }, (_, i) => `r${i}`) } }, "malformed"],
  ])("S09: %s is refused", (_name, changes, reason) => {
    expect(readMapped({ ...CLAIMS, ...(changes as JsonObject) }, mapping)).toEqual({ ok: false, reason });
  });

  test("one role may be plain text; a name that cannot be shown is left out", () => {
    const read = readMapped({ ...CLAIMS, realm_access: { roles: "site admin" }, name: "a\u202eb" }, mapping);
    expect(read).toEqual({ ok: true, value: { sub: "o-1", tenant: "t-1", roles: ["site admin"] } });
  });
});
