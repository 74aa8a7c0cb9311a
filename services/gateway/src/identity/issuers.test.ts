import { describe, expect, test } from "vitest";
import { checkIssuers, type IssuerOptions } from "./issuers.ts";

const PUBLIC_URL = "https://gateway.test";
const issuer = (changes: Partial<IssuerOptions> = {}): IssuerOptions => ({
  issuer: "https://idp.test",
  audiences: ["attach"],
  algorithms: ["RS256"],
  allowInsecure: false,
  skewSeconds: 30,
  acceptIdTokens: false,
  requireScopes: false,
  ...changes,
});

describe("issuers as configured", () => {
  test("several may stand side by side", () => {
    expect(() => checkIssuers([issuer(), issuer({ issuer: "https://idp.test/" })], PUBLIC_URL)).not.toThrow();
    expect(() => checkIssuers([], PUBLIC_URL)).not.toThrow();
  });

  test.each([
    "https://gateway.test",
    "https://gateway.test/",
    "https://GATEWAY.test",
    "https://gateway.test:443",
  ])("S04: an external issuer equal to PUBLIC_URL fails boot: %s", (name) => {
    expect(() => checkIssuers([issuer({ issuer: name })], PUBLIC_URL)).toThrow(/PUBLIC_URL/);
  });

  test.each([
    ["no audience", { audiences: [] }],
    ["an empty audience", { audiences: ["attach", ""] }],
    ["no algorithm", { algorithms: [] }],
    ["a symmetric algorithm", { algorithms: ["RS256", "HS256"] }],
    ["the algorithm none", { algorithms: ["none"] }],
    ["plain http", { issuer: "http://idp.test" }],
    ["a discovery address in plain http", { discoveryUrl: "http://idp.test" }],
    ["ID tokens without the client they are for", { acceptIdTokens: true }],
    ["a skew that keeps dead tokens alive", { skewSeconds: 3600 }],
    ["a skew that is no number", { skewSeconds: Number.NaN }],
    ["a query in its name", { issuer: "https://idp.test?tenant=1" }],
    ["a line break in its name", { issuer: "https://idp.test\n" }],
  ])("are refused with %s", (_name, changes) => {
    expect(() => checkIssuers([issuer(changes)], PUBLIC_URL)).toThrow(TypeError);
  });

  test("are refused when one is named twice", () => {
    expect(() => checkIssuers([issuer(), issuer()], PUBLIC_URL)).toThrow(/twice/);
  });
});
