import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestIssuer, type TestIssuer } from "../../test/issuer.ts";
import { type VerifyOptions, verifyAgentToken } from "./verify-agent-token.ts";

let issuer: TestIssuer;
let options: VerifyOptions;
beforeAll(async () => {
  issuer = await startTestIssuer();
  options = { issuer: issuer.url, audience: "https://agent.test" };
});
afterAll(() => issuer.close());

const code = (token: Parameters<typeof verifyAgentToken>[0], more: Partial<VerifyOptions> = {}) =>
  verifyAgentToken(token, { ...options, ...more }).then(
    () => "accepted",
    (error: { code: string }) => error.code,
  );
const now = () => Math.floor(Date.now() / 1000);

test("says who calls", async () => {
  expect(await verifyAgentToken(await issuer.token(), options)).toMatchObject({
    user: { iss: "https://idp.test", sub: "alice" },
    agent: "coder",
    chain: ["coder", "research-agent"],
    scopes: ["llm:read"],
    session: "session-1",
    delegation: "delegation-2",
  });
});

test.each<[string, object]>([
  ["of another issuer", { iss: "https://other.test" }],
  ["for another audience", { aud: "https://other.test" }],
  ["for several audiences", { aud: ["https://agent.test", "https://other.test"] }],
  ["without an audience", { aud: undefined }],
  ["that has expired", { exp: now() - 10 }],
  ["without an end", { exp: undefined }],
  ["whose end is text", { exp: "9999999999" }],
  ["from the future", { iat: now() + 60 }],
  ["not valid yet", { nbf: now() + 60 }],
  ["without a chain", { act: undefined }],
  ["whose actor is not its holder", { act: { sub: "other", iss: "x" } }],
  ["whose actor is of nobody", { act: { sub: "coder" } }],
  ["with a holder that breaks a header", { client_id: "a\r\nb" }],
  ["without a user", { sub_id: undefined }],
  ["of two users", { sub: "bob" }],
  ["with a scope out of the grammar", { scope: "a  b" }],
  ["with a binding that cannot be read", { cnf: { "x5t#S256": "abc" } }],
])("refuses a token %s", async (_what, claims) => {
  expect(await code(await issuer.token(claims))).toBe("invalid_token");
});

test("takes an audience that stands alone in a list, and clocks that differ by the skew that is granted", async () => {
  expect(await code(await issuer.token({ aud: ["https://agent.test"] }))).toBe("accepted");
  expect(await code(await issuer.token({ exp: now() - 10 }), { skewSeconds: 30 })).toBe("accepted");
});

test("refuses a chain deeper than any may be", async () => {
  let act: object | undefined;
  for (let depth = 0; depth < 9; depth++)
    act = { sub: "coder", iss: issuer.url, ...(act === undefined ? {} : { act }) };
  expect(await code(await issuer.token({ act }))).toBe("invalid_token");
});

test.each<[string, object]>([
  ["another type", { typ: "JWT" }],
  ["a proof's type", { typ: "dpop+jwt" }],
  ["no key id", { kid: undefined }],
  ["an unknown key", { kid: "k2" }],
  ["no signature", { alg: "none" }],
  ["a symmetric algorithm", { alg: "HS256" }],
  ["another algorithm than the key's", { alg: "RS256" }],
  ["a key of its own", { jwk: { kty: "EC" } }],
  ["an address of a key", { jku: "https://evil.test/keys" }],
  ["something critical", { crit: ["exp"] }],
])("RFC 8725: refuses a token whose header has %s", async (_what, header) => {
  expect(await code(await issuer.token({}, header))).toBe("invalid_token");
});

test("refuses a token that somebody else signed under our key's id", async () => {
  const other = await startTestIssuer();
  expect(await code(await issuer.token({}, {}, other.privateKey))).toBe("invalid_token");
  await other.close();
});

test("takes one spelling of a token, the canonical one", async () => {
  const token = await issuer.token();
  const [header = "", payload = "", signature = ""] = token.split(".");
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = letters.indexOf(signature.at(-1) ?? "");
  const respelt = `${signature.slice(0, -1)}${letters[(last & 0b110000) | ((last + 1) & 0b001111)]}`;
  for (const text of [
    `${header}.${payload}.${respelt}`,
    `${header}.${payload}.${signature}=`,
    `${header}.${payload}.${signature}.`,
    `${header}.${payload}`,
    `${header}.${payload}.`,
    ` ${token}`,
    "",
    "x".repeat(20_000),
  ]) {
    expect(await code(text)).toBe("invalid_token");
  }
});

test("refuses a header that is repeated, of another scheme, or missing", async () => {
  const token = await issuer.token();
  const repeated = new Headers({ Authorization: `Bearer ${token}` });
  repeated.append("Authorization", `Bearer ${token}`);
  expect(await code(repeated)).toBe("invalid_token");
  for (const authorization of [token, `Basic ${token}`, `Bearer  `, `DPoP ${token}`, `Bearer ${token} x`])
    expect(await code(new Headers({ authorization }))).toBe("invalid_token");
  expect(await code(new Headers())).toBe("invalid_token");
  expect(await code(new Headers({ authorization: `bearer ${token}` }))).toBe("accepted");
});

describe("the issuer's keys", () => {
  test("are fetched once for many, and strangers' key ids cause no storm", async () => {
    const fresh = await startTestIssuer();
    const of = { issuer: fresh.url };
    const token = await fresh.token();
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => code(token, of))))).toEqual(
      new Set(["accepted"]),
    );
    expect(fresh.fetches()).toBe(1);
    for (let guess = 0; guess < 20; guess++) await code(await fresh.token({}, { kid: `guess-${guess}` }), of);
    expect(fresh.fetches()).toBe(1);
    const later = { ...of, now: () => Date.now() + 31_000 };
    await code(await fresh.token({}, { kid: "guess" }), later);
    expect(fresh.fetches()).toBe(2);
    await fresh.close();
    expect(await code(token, { ...of, now: () => Date.now() + 100_000 }), "an outage is survived").toBe(
      "accepted",
    );
  });

  test("are not asked for by tokens of another issuer", async () => {
    const fresh = await startTestIssuer();
    await code(await issuer.token(), { issuer: fresh.url });
    expect(fresh.fetches()).toBe(0);
    await fresh.close();
  });

  test.each([
    ["what is no set", { status: 200, body: "[]" }, "invalid_response"],
    ["an error", { status: 500, body: "" }, "invalid_response"],
    [
      "more than anybody publishes",
      { status: 200, body: `{"keys":["${"x".repeat(70_000)}"]}` },
      "invalid_response",
    ],
  ])("are refused when the address gives %s", async (_what, answer, expected) => {
    const fresh = await startTestIssuer();
    fresh.answer = answer;
    expect(await code(await fresh.token(), { issuer: fresh.url })).toBe(expected);
    await fresh.close();
  });

  test("are not reachable: that is no fault of the token", async () => {
    const fresh = await startTestIssuer();
    const token = await fresh.token();
    await fresh.close();
    expect(await code(token, { issuer: fresh.url })).toBe("network_error");
  });

  test("count only where they are public, long enough, and for signatures; the first of a name holds", async () => {
    const fresh = await startTestIssuer();
    const thief = await startTestIssuer();
    fresh.keys.push({ ...(thief.keys[0] as object), kid: "k1" });
    fresh.keys.push({ ...(thief.keys[0] as object), kid: "enc", use: "enc" });
    fresh.keys.push({
      ...(await crypto.subtle.exportKey("jwk", thief.privateKey)),
      kid: "private",
      key_ops: undefined,
    });
    for (const kid of ["k1", "enc", "private"])
      expect(await code(await fresh.token({}, { kid }, thief.privateKey), { issuer: fresh.url })).toBe(
        "invalid_token",
      );
    expect(await code(await fresh.token(), { issuer: fresh.url })).toBe("accepted");
    await Promise.all([fresh.close(), thief.close()]);
  });
});

test("options that would trust anybody are mistakes", async () => {
  const token = await issuer.token();
  expect(await code(token, { audience: "" })).toBe("invalid_argument");
  expect(await code(token, { issuer: "not a url" })).toBe("invalid_argument");
  expect(await code(token, { skewSeconds: 1e9 })).toBe("invalid_argument");
  expect(await code(token, { skewSeconds: Number.NaN })).toBe("invalid_argument");
  expect(await code(token, { issuer: "http://gateway.example" })).toBe("insecure_gateway");
});
