import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode, makeKey, signText, signToken } from "../../../../test/support/identity/tokens.ts";
import { MAX_TOKEN_LENGTH } from "./parse-jws.ts";
import { parseJwt } from "./parse-jwt.ts";

const key = makeKey("k1");
const CLAIMS = { iss: "https://idp.test", sub: "alice", exp: 1 };
const token = signToken(key, CLAIMS);
const [header = "", payload = "", sig = ""] = token.split(".");

const reasonOf = (text: string) => {
  const parsed = parseJwt(text);
  return parsed.ok ? "accepted" : parsed.reason;
};
const withHeader = (members: object) => signToken(key, CLAIMS, members);

describe("the strict parser", () => {
  test("reads a plain token", () => {
    const parsed = parseJwt(token);
    expect(parsed).toEqual({
      ok: true,
      value: { token, alg: "ES256", kid: "k1", kind: "plain", claims: CLAIMS },
    });
  });

  test.each([
    ["nothing", ""],
    ["one part", header],
    ["two parts", `${header}.${payload}`],
    ["four parts", `${token}.`],
    ["five parts, as JWE has", `${token}.${sig}.${sig}`],
    ["an empty header", `.${payload}.${sig}`],
    ["an empty payload", `${header}..${sig}`],
    ["an empty signature", `${header}.${payload}.`],
    ["padding", `${token}=`],
    ["padding in the header", `${header}==.${payload}.${sig}`],
    ["white space", ` ${token}`],
    ["a line break inside", `${header}.${payload}.\n${sig}`],
    ["the base64 alphabet", `${header}.${payload}.${sig.slice(0, -2)}+/`],
    ["characters beyond ASCII", `${header}.${payload}.${sig.slice(0, -1)}Ａ`],
    ["JSON serialization", JSON.stringify({ payload, protected: header, signature: sig })],
    ["a percent-encoded dot", `${header}%2e${payload}.${sig}`],
  ])("refuses %s", (_name, text) => {
    expect(reasonOf(text)).toBe("malformed");
  });

  test("refuses a token over the size bound before it decodes it", () => {
    const claims = { ...CLAIMS, fat: "x".repeat(MAX_TOKEN_LENGTH) };
    expect(reasonOf(signToken(key, claims))).toBe("malformed");
    expect(reasonOf("a".repeat(10_000_000))).toBe("malformed");
  });

  test("refuses every other spelling of the last signature character", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 64 bytes leave four bits unused in the last character: sixteen spellings of one signature.
    const spellings = [...alphabet].map((last) => token.slice(0, -1) + last);
    const same = spellings.filter((text) =>
      Buffer.from(text.split(".")[2] ?? "", "base64url").equals(Buffer.from(sig, "base64url")),
    );
    expect(same.length).toBe(16);
    expect(same.filter((text) => parseJwt(text).ok)).toEqual([token]);
  });

  test.each(["crit", "b64", "zip", "jku", "jwk", "x5u", "x5c"])("refuses the header member %s", (name) => {
    const value =
      { crit: ["b64"], b64: false, zip: "DEF", jwk: key.jwk, x5c: ["MII"] }[name] ?? "http://evil.test";
    expect(reasonOf(withHeader({ [name]: value }))).toBe("unsupported_header");
    expect(reasonOf(withHeader({ [name]: null }))).toBe("unsupported_header");
  });

  test.each(["none", "None", "NONE", "nOnE"])("refuses alg %s, signed or not", (alg) => {
    expect(reasonOf(withHeader({ alg }))).toBe("unsupported_algorithm");
    expect(reasonOf(`${encode(JSON.stringify({ alg }))}.${payload}.`)).toBe("unsupported_algorithm");
  });

  test.each([
    ["no alg", { alg: undefined }],
    ["an alg that is no string", { alg: 5 }],
    ["a list of algs", { alg: ["ES256"] }],
    ["an empty alg", { alg: "" }],
    ["a kid that is no string", { kid: { $ne: "" } }],
    ["an empty kid", { kid: "" }],
    ["a long kid", { kid: "k".repeat(256) }],
    ["a typ that is no string", { typ: ["JWT"] }],
    ["a null typ", { typ: null }],
  ])("refuses %s", (_name, members) => {
    expect(reasonOf(withHeader(members))).toBe("malformed");
  });

  test.each([
    ["a header with a repeated member", signText(key, '{"alg":"none","alg":"ES256"}', "{}")],
    ["a payload with a repeated member", signText(key, '{"alg":"ES256"}', '{"sub":"alice","sub":"root"}')],
    [
      "a repeated member deep in the payload",
      signText(key, '{"alg":"ES256"}', '{"act":{"sub":"a","sub":"b"}}'),
    ],
    ["a payload that is a list", signText(key, '{"alg":"ES256"}', "[]")],
    ["a payload that is a string", signText(key, '{"alg":"ES256"}', '"alice"')],
    ["a null payload", signText(key, '{"alg":"ES256"}', "null")],
    ["a payload that is not JSON", signText(key, '{"alg":"ES256"}', "{sub:alice}")],
    [
      "a payload that is not UTF-8",
      signText(key, '{"alg":"ES256"}', Buffer.from('{"sub":"\xff"}', "latin1")),
    ],
    [
      "a payload that nests without end",
      signText(key, '{"alg":"ES256"}', ['{"a":'.repeat(500), "1", "}".repeat(500)].join("")),
    ],
    ["a header that is a list", signText(key, "[]", "{}")],
    ["a nested JWT", signText(key, '{"alg":"ES256","cty":"JWT"}', token)],
  ])("refuses %s", (_name, text) => {
    expect(reasonOf(text)).toBe("malformed");
  });

  test.each([
    ["JWT", "plain"],
    ["jwt", "plain"],
    ["application/jwt", "plain"],
    [undefined, "plain"],
    ["at+jwt", "access"],
    ["AT+JWT", "access"],
    ["application/at+jwt", "access"],
    ["Application/AT+jwt", "access"],
    ["ID", "id"],
  ])("knows typ %s as %s", (typ, kind) => {
    const parsed = parseJwt(withHeader({ typ }));
    expect(parsed.ok && parsed.value.kind).toBe(kind);
  });

  test.each([
    "dpop+jwt",
    "logout+jwt",
    "token-introspection+jwt",
    "oauth-id-jag+jwt",
    "secevent+jwt",
    "client-authentication+jwt",
    "application/dpop+jwt",
    "application/application/jwt",
    "JOSE",
    "jwt ",
    "",
  ])("refuses typ %j: a token made for something else", (typ) => {
    expect(reasonOf(withHeader({ typ }))).toBe("wrong_type");
  });
});

describe("the strict parser, fuzzed", () => {
  test("never throws, whatever the text", () => {
    const part = fc.oneof(fc.string(), fc.base64String(), fc.json().map(encode));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 5 }).map((parts) => parts.join(".")),
        ),
        (text) => {
          parseJwt(text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("no other text parses to the same header, payload and signature bytes", () => {
    const edit = fc.record({
      at: fc.nat(token.length - 1),
      cut: fc.nat(2),
      put: fc.string({ maxLength: 2, unit: fc.constantFrom(..."=. \n+/-_AQgw09\0é") }),
    });
    const bytesOf = (text: string) =>
      text
        .split(".")
        .map((part) => Buffer.from(part, "base64url").toString("hex"))
        .join();
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const other = edits.reduce(
          (text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut),
          token,
        );
        const isRespelled = other !== token && parseJwt(other).ok && bytesOf(other) === bytesOf(token);
        expect(isRespelled).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("what it accepts is exactly what was signed", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (claims) => {
        const parsed = parseJwt(signToken({ ...key }, claims));
        expect(parsed.ok && parsed.value.claims).toEqual(JSON.parse(JSON.stringify(claims)));
      }),
      { numRuns: 100 },
    );
  });
});
