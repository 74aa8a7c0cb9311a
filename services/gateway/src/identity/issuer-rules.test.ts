import { describe, expect, test } from "vitest";
import { ownerKey } from "../core/owner.ts";
import type { JsonObject } from "../core/strict-json.ts";
import { type ExternalRules, judgeAccessToken } from "./external-principal.ts";
import { parseServiceMark } from "./service-account.ts";

const NOW = 1_800_000_000_000;
const ISSUER = "https://idp.test";

const RULES: ExternalRules = {
  issuer: ISSUER,
  audiences: new Set(["attach"]),
  skew: 0,
  admins: new Set([ownerKey({ iss: ISSUER, sub: "o-root" })]),
  idTokenClient: undefined,
  userScopes: ["llm:read", "memory:read"],
  requireScopes: false,
  mapping: { subject: "oid", name: "name", tenant: "tid", roles: "roles" },
  roleScopes: new Map([
    ["gateway-admin", ["admin", "audit:read"]],
    ["writer", ["memory:write"]],
  ]),
  serviceMarks: ["token_use=m2m", "kinds=bot*"].flatMap((text) => parseServiceMark(text) ?? []),
};

function judge(changes: object = {}, rules: Partial<ExternalRules> = {}) {
  const claims = {
    iss: ISSUER,
    sub: "s-1",
    oid: "o-1",
    aud: "attach",
    exp: NOW / 1000 + 60,
    ...changes,
  } as JsonObject;
  const judged = judgeAccessToken(
    { token: "", alg: "ES256", kid: "k", kind: "plain", claims },
    { ...RULES, ...rules },
    NOW,
  );
  if (!judged.ok) throw new Error(judged.reason);
  const { scopes, ...rest } = judged.value;
  return { ...rest, scopes: [...scopes].sort() };
}

describe("I02: an issuer's own rules", () => {
  test("the owner is the issuer and the mapped id, with tenant, roles and name beside it", () => {
    expect(judge({ tid: "t-1", roles: ["analyst"], name: "Alice" })).toMatchObject({
      owner: { iss: ISSUER, sub: "o-1", tenant: "t-1" },
      roles: ["analyst"],
      name: "Alice",
    });
  });

  test("administrators are named by the mapped id; a sub of the same text is somebody else", () => {
    expect(judge({ oid: "o-root" }).scopes).toContain("admin");
    expect(judge({ sub: "o-root" }).scopes).not.toContain("admin");
  });

  test("S05: a role gives what it is mapped to, an unknown one nothing, whatever the token's scopes name", () => {
    expect(judge({ roles: ["analyst"] }).scopes).toEqual(["llm:read", "memory:read"]);
    expect(judge({ roles: ["writer"] }).scopes).toEqual(["llm:read", "memory:read", "memory:write"]);
    expect(judge({ roles: ["writer"], scope: "llm:read admin" }).scopes).toEqual([
      "llm:read",
      "memory:write",
    ]);
    expect(judge({ roles: ["gateway-admin"] }).scopes).toEqual(
      expect.arrayContaining(["admin", "audit:read"]),
    );
    // A Map, so that no role reaches what every object has.
    expect(judge({ roles: ["constructor", "__proto__"] }).scopes).toEqual(["llm:read", "memory:read"]);
  });

  test.each([
    ["a mark of this issuer", { token_use: "m2m" }],
    ["the beginning of one", { kinds: ["x", "bot-7"] }],
    ["a mark that always counts", { gty: "client-credentials" }],
    ["its sub is its client, whatever the mapped id", { azp: "s-1" }],
    ["its sub is its client, as Okta calls it", { cid: "s-1" }],
  ])("S04: a machine is known by %s and gets no default scopes, only its roles'", (_name, changes) => {
    expect(judge(changes)).toMatchObject({ kind: "service", scopes: [] });
    expect(judge({ ...changes, roles: ["writer"] })).toMatchObject({
      kind: "service",
      scopes: ["memory:write"],
    });
  });

  test("S04: a person is not taken for a machine by half a mark", () => {
    for (const changes of [{ token_use: "m2m2" }, { token_use: { m2m: true } }, { kinds: "robot" }, {}]) {
      expect(judge(changes).kind).toBe("user");
    }
  });
});
