import { describe, expect, test } from "vitest";
import { ownerKey } from "../core/owner.ts";
import type { JsonObject } from "../core/strict-json.ts";
import { type ExternalRules, judgeAccessToken, judgeIdToken } from "./external-principal.ts";
import type { ParsedJwt } from "./parse-jwt.ts";

const NOW = 1_800_000_000_000;
const SECONDS = NOW / 1000;
const ISSUER = "https://idp.test/";
const USER_SCOPES = ["llm:read", "engine:any", "a2a:send", "a2a:read", "memory:read", "memory:write"];

const RULES: ExternalRules = {
  issuer: ISSUER,
  audiences: new Set(["attach", "https://gateway.test"]),
  skew: 30_000,
  admins: new Set([ownerKey({ iss: ISSUER, sub: "root" })]),
  idTokenClient: undefined,
  userScopes: USER_SCOPES,
  requireScopes: false,
};

const claims = (changes: object = {}): JsonObject => ({
  iss: ISSUER,
  sub: "auth0|alice",
  aud: "attach",
  exp: SECONDS + 60,
  iat: SECONDS - 60,
  ...changes,
});

const jwt = (changes: object = {}, kind: ParsedJwt["kind"] = "plain"): ParsedJwt => ({
  token: "",
  alg: "ES256",
  kid: "k",
  kind,
  // Through JSON, so that `undefined` takes a member away.
  claims: JSON.parse(JSON.stringify(claims(changes))),
});

const judge = (changes: object = {}, rules: Partial<ExternalRules> = {}) =>
  judgeAccessToken(jwt(changes), { ...RULES, ...rules }, NOW);
const reasonOf = (changes: object) => {
  const judged = judge(changes);
  return judged.ok ? "accepted" : judged.reason;
};
const scopesOf = (changes: object, rules: Partial<ExternalRules> = {}) => {
  const judged = judge(changes, rules);
  return judged.ok ? [...judged.value.scopes].filter((scope) => scope !== "chat:run").sort() : judged.reason;
};

describe("an identity provider's access token", () => {
  test("stands for its user", () => {
    expect(judge({ jti: "t-1", aud: ["other", "attach"] })).toMatchObject({
      ok: true,
      value: {
        kind: "user",
        owner: { iss: ISSUER, sub: "auth0|alice", tenant: null },
        jti: "t-1",
        audiences: ["other", "attach"],
        issuedAt: NOW - 60_000,
        expiresAt: NOW + 60_000,
      },
    });
  });

  test.each([
    ["no exp", { exp: undefined }, "missing_claim"],
    ["no sub", { sub: undefined }, "missing_claim"],
    ["no aud", { aud: undefined }, "missing_claim"],
    ["an exp that is a string", { exp: String(SECONDS + 60) }, "malformed"],
    ["a null exp", { exp: null }, "malformed"],
    ["an exp in milliseconds", { exp: NOW + 60_000 }, "malformed"],
    ["a negative exp", { exp: -1 }, "malformed"],
    ["an iat that is no number", { iat: "now" }, "malformed"],
    ["an nbf that is no number", { nbf: {} }, "malformed"],
    ["an empty list of audiences", { aud: [] }, "malformed"],
    ["an audience that is no string", { aud: ["attach", 5] }, "malformed"],
    ["an audience that is an object", { aud: { attach: true } }, "malformed"],
    ["another audience", { aud: "other" }, "wrong_audience"],
    ["our audience but for a slash", { aud: "attach/" }, "audience_spelling"],
    ["an audience that only begins like ours", { aud: ["attachment", "atta"] }, "wrong_audience"],
    ["another issuer", { iss: "https://idp.test" }, "unknown_issuer"],
    ["an issuer in a list", { iss: [ISSUER] }, "unknown_issuer"],
    ["a scope that is an object", { scope: { llm: "read" } }, "malformed"],
    ["a scp with a number in it", { scp: ["llm:read", 5] }, "malformed"],
  ])("is refused with %s", (_name, changes, reason) => {
    expect(reasonOf(changes)).toBe(reason);
  });

  test("dies 30 seconds after exp, to the millisecond", () => {
    const at = (now: number) => judgeAccessToken(jwt({ exp: SECONDS }), RULES, now).ok;
    expect([at(NOW), at(NOW + 29_999), at(NOW + 30_000)]).toEqual([true, true, false]);
  });

  test("is not used more than 30 seconds before nbf or iat", () => {
    expect(reasonOf({ nbf: SECONDS + 30 })).toBe("accepted");
    expect(reasonOf({ nbf: SECONDS + 31 })).toBe("not_yet_valid");
    expect(reasonOf({ iat: SECONDS + 30 })).toBe("accepted");
    expect(reasonOf({ iat: SECONDS + 31 })).toBe("not_yet_valid");
  });

  test("S03: bound to a key, it is refused as a plain bearer", () => {
    expect(reasonOf({ cnf: { jkt: "x" } })).toBe("sender_constrained");
    expect(reasonOf({ cnf: null })).toBe("sender_constrained");
  });

  test.each(["sub", "client_id", "azp"])("S09: %s is visible ASCII of at most 255 characters", (name) => {
    for (const value of [
      "a b",
      "a\r\nX-Attach-User: root",
      "älice",
      "a\u0000",
      "\u202ealice",
      "",
      "a".repeat(256),
    ]) {
      expect(reasonOf({ [name]: value })).toBe("bad_identifier");
    }
    for (const value of [5, null, ["alice"], { sub: "alice" }]) {
      expect(reasonOf({ [name]: value })).toBe("bad_identifier");
    }
    expect(reasonOf({ [name]: "a".repeat(255) })).toBe("accepted");
  });

  test("S09: a jti that could not be a key is not kept", () => {
    expect(judge({ jti: "a\nb" })).toMatchObject({ ok: true, value: { jti: null } });
    expect(judge({ jti: 7 })).toMatchObject({ ok: true, value: { jti: null } });
  });
});

describe("S04: claims that only we may make", () => {
  test("act, anc, root, dlg, sid, sub_id and agent_auth of an identity provider are ignored", () => {
    const forged = {
      act: { sub: "evil-agent", iss: "http://gateway.test" },
      sub_id: { format: "iss_sub", iss: "https://other.test", sub: "bob" },
      anc: ["d"],
      root: "d",
      dlg: "d",
      sid: "s",
      agent_auth: "private_key_jwt",
    };
    const plain = judge();
    expect(judge(forged)).toEqual(plain);
    expect(judgeAccessToken(jwt(forged, "access"), RULES, NOW)).toEqual(plain);
  });
});

describe("S04: service accounts", () => {
  test.each([
    ["sub is client_id", { sub: "job", client_id: "job" }],
    ["sub is azp", { sub: "job", azp: "job" }],
    ["Auth0's gty", { gty: "client-credentials" }],
    ["Entra's idtyp", { idtyp: "app" }],
    ["Keycloak's user", { preferred_username: "service-account-job" }],
  ])("known by %s: no default scopes, and none beyond the ceiling", (_name, mark) => {
    expect(judge(mark)).toMatchObject({ ok: true, value: { kind: "service" } });
    expect(scopesOf(mark)).toEqual([]);
    expect(scopesOf({ ...mark, scope: "llm:read llm:admin" })).toEqual(["llm:read"]);
  });

  test("a user of a client is no service account", () => {
    expect(judge({ client_id: "web", azp: "web", idtyp: "user" })).toMatchObject({ value: { kind: "user" } });
  });
});

describe("S05: scopes of a user token", () => {
  test("name none of ours: the whole ceiling", () => {
    expect(scopesOf({})).toEqual([...USER_SCOPES].sort());
    expect(scopesOf({ scope: "openid profile", scp: ["User.Read"] })).toEqual([...USER_SCOPES].sort());
    expect(scopesOf({ scope: "" })).toEqual([...USER_SCOPES].sort());
  });

  test("name any of ours: the intersection, never more", () => {
    expect(scopesOf({ scope: "openid llm:read" })).toEqual(["llm:read"]);
    expect(scopesOf({ scp: ["llm:read", "memory:read"] })).toEqual(["llm:read", "memory:read"]);
    expect(scopesOf({ scope: "llm:read", scp: "memory:read" })).toEqual(["llm:read", "memory:read"]);
    expect(scopesOf({ scope: "chat:run" })).toEqual(["a2a:read", "a2a:send", "llm:read"]);
    expect(scopesOf({ scope: "chat:run" }, { userScopes: ["llm:read"] })).toEqual(["llm:read"]);
  });

  test("never widen: admin, audit:read and llm:admin in a token are worth nothing", () => {
    expect(scopesOf({ scope: "admin audit:read llm:admin" })).toEqual([]);
    expect(scopesOf({ scope: "admin llm:read" })).toEqual(["llm:read"]);
    expect(scopesOf({ scope: "mcp:files:delete" })).toEqual([]);
  });

  test("demanded by the issuer's rule: a token that names none gets none", () => {
    expect(scopesOf({}, { requireScopes: true })).toEqual([]);
    expect(scopesOf({ scope: "llm:read" }, { requireScopes: true })).toEqual(["llm:read"]);
  });

  test("ADMIN_SUBJECTS hold admin and audit:read beside them, by issuer and subject", () => {
    expect(scopesOf({ sub: "root", scope: "llm:read" })).toEqual(["admin", "audit:read", "llm:read"]);
    const elsewhere = { admins: new Set([ownerKey({ iss: "https://other.test", sub: "auth0|alice" })]) };
    expect(scopesOf({ scope: "llm:read" }, elsewhere)).toEqual(["llm:read"]);
  });
});

describe("S06: ID tokens", () => {
  const accepting = { idTokenClient: "attach-web" };
  const idToken = { aud: "attach-web", nonce: "n" };
  const subject = (
    changes: object,
    rules: Partial<ExternalRules> = accepting,
    kind: ParsedJwt["kind"] = "plain",
  ) => {
    const judged = judgeIdToken(jwt({ ...idToken, ...changes }, kind), { ...RULES, ...rules }, NOW);
    return judged.ok ? "accepted" : judged.reason;
  };

  test.each([
    ["nonce", { nonce: "n" }],
    ["at_hash", { at_hash: "h" }],
    ["c_hash", { c_hash: "h" }],
    ["events", { events: {} }],
    ["a null nonce", { nonce: null }],
    ["Keycloak's typ claim", { typ: "ID" }],
  ])("refused as a bearer, known by %s, even for our audience", (_name, mark) => {
    expect(reasonOf(mark)).toBe("id_token");
    expect(reasonOf({ ...mark, aud: "elsewhere", exp: 1 })).toBe("id_token");
  });

  test("refused as a bearer, known by the typ ID in its header", () => {
    expect(judgeAccessToken(jwt({}, "id"), RULES, NOW)).toEqual({ ok: false, reason: "id_token" });
  });

  test("refused as a subject where the issuer's rule does not accept them", () => {
    expect(subject({}, { idTokenClient: undefined })).toBe("id_token");
  });

  test("as a subject it must have been issued to our own client", () => {
    expect(subject({})).toBe("accepted");
    expect(subject({}, accepting, "id")).toBe("accepted");
    expect(subject({ aud: ["attach-web"] })).toBe("accepted");
    expect(subject({ aud: ["attach-web", "other"], azp: "attach-web" })).toBe("accepted");
    expect(subject({ aud: "attach" })).toBe("wrong_audience");
    expect(subject({ aud: ["attach-web", "other"] })).toBe("wrong_audience");
    expect(subject({ aud: ["attach-web", "other"], azp: "other" })).toBe("wrong_audience");
    expect(subject({ azp: "other" })).toBe("wrong_audience");
  });

  test("an access token or a logout token is not one", () => {
    expect(subject({}, accepting, "access")).toBe("wrong_type");
    expect(subject({ events: {} })).toBe("wrong_type");
  });

  test("is held to time and issuer like any other", () => {
    expect(subject({ exp: SECONDS - 31 })).toBe("expired");
    expect(subject({ iss: "https://other.test" })).toBe("unknown_issuer");
    expect(subject({ cnf: {} })).toBe("sender_constrained");
  });
});
