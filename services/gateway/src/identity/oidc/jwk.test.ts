import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeKey } from "../../../../../test/support/identity/tokens.ts";
import type { Json } from "../../core/strict-json.ts";
import { readJwkSet, SIGNATURE_ALGORITHMS } from "./jwk.ts";

const rsa = makeKey("rsa", "RS256");
const ec = makeKey("ec", "ES256");
const ed = makeKey("ed", "EdDSA");

const read = (keys: readonly object[], algorithms: readonly string[] = SIGNATURE_ALGORITHMS) =>
  // Through JSON, as it would arrive.
  readJwkSet(JSON.parse(JSON.stringify({ keys })) as Json, algorithms);
const pins = (keys: readonly object[], algorithms?: readonly string[]) =>
  read(keys, algorithms)?.keys.map(({ kid, algorithms: pinned }) => [kid, [...pinned]]);
/** A key without the members named. */
const bare = ({ jwk }: { jwk: object }, changes: object) => ({ ...jwk, ...changes });

describe("an issuer's key", () => {
  test("is pinned to its own algorithm", () => {
    expect(pins([rsa.jwk, ec.jwk, ed.jwk])).toEqual([
      ["rsa", ["RS256"]],
      ["ec", ["ES256"]],
      ["ed", ["EdDSA"]],
    ]);
  });

  test("without alg is pinned to what its type and the issuer's rule allow", () => {
    expect(pins([bare(rsa, { alg: undefined })], ["RS256", "PS256", "ES256"])).toEqual([
      ["rsa", ["RS256", "PS256"]],
    ]);
    expect(pins([bare(ec, { alg: undefined })])).toEqual([["ec", ["ES256"]]]);
    expect(pins([bare(ed, { alg: undefined })])).toEqual([["ed", ["EdDSA", "Ed25519"]]]);
  });

  test("for an algorithm that the issuer's rule does not list is passed over", () => {
    expect(pins([rsa.jwk, ec.jwk], ["ES256"])).toEqual([["ec", ["ES256"]]]);
    expect(pins([bare(rsa, { alg: undefined })], ["ES256"])).toEqual([]);
  });

  test.each([
    [
      "a symmetric key",
      { kty: "oct", kid: "s", alg: "HS256", k: "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0" },
    ],
    ["an RSA key that says HS256", bare(rsa, { alg: "HS256" })],
    ["an RSA key that says ES256", bare(rsa, { alg: "ES256" })],
    ["an RSA key that says none", bare(rsa, { alg: "none" })],
    ["an EC key that says RS256", bare(ec, { alg: "RS256" })],
    ["a P-256 key that says ES384", bare(ec, { alg: "ES384" })],
    ["an encryption key", bare(rsa, { use: "enc" })],
    ["a key of no known use", bare(rsa, { use: "SIG" })],
    ["a key to sign with", bare(rsa, { key_ops: ["sign"] })],
    ["a key with a use that is no string", bare(rsa, { use: ["sig"] })],
    ["a key with key_ops that is no list", bare(rsa, { key_ops: "verify" })],
    ["a kid that is no string", bare(rsa, { kid: 5 })],
    ["a key of unknown type", bare(rsa, { kty: "rsa" })],
    ["an unknown curve", bare(ec, { crv: "secp256k1", alg: undefined })],
    ["a point that is not on its curve", bare(ec, { y: ec.jwk.x })],
    ["a key without its numbers", bare(rsa, { n: undefined })],
    ["a number in place of a modulus", bare(rsa, { n: 5 })],
    ["an exponent of one", bare(rsa, { e: "AQ" })],
    ["an even exponent", bare(rsa, { e: "BA" })],
    ["a huge exponent", bare(rsa, { e: rsa.jwk.n })],
    ["something that is no object", "key"],
    ["null", null],
  ])("is passed over: %s", (_name, key) => {
    const reading = read([key as object, ed.jwk]);
    expect(reading?.keys.map(({ kid }) => kid)).toEqual(["ed"]);
    expect(reading?.passedOver).toHaveLength(1);
  });

  test("below 2048 bits is passed over", () => {
    expect(pins([makeKey("small", "RS256", 1024).jwk])).toEqual([]);
    expect(pins([makeKey("odd", "RS256", 2040).jwk])).toEqual([]);
  });

  test("that was published with its private half is passed over", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(pins([{ ...privateKey.export({ format: "jwk" }), kid: "p" }])).toEqual([]);
  });

  test("that shares its kid with another usable one is not used, and neither is the other", () => {
    expect(pins([rsa.jwk, bare(makeKey("x"), { kid: "rsa" }), ed.jwk])).toEqual([["ed", ["EdDSA"]]]);
  });

  test("may share its kid with an encryption key", () => {
    expect(pins([rsa.jwk, bare(makeKey("x", "RS256"), { kid: "rsa", use: "enc" })])).toEqual([
      ["rsa", ["RS256"]],
    ]);
  });
});

test.each([
  ["no object", []],
  ["no keys", {}],
  ["keys that are no list", { keys: {} }],
  ["far too many keys", { keys: Array.from({ length: 101 }, () => ({})) }],
])("a document with %s is no key set", (_name, document) => {
  expect(readJwkSet(document as Json, SIGNATURE_ALGORITHMS)).toBeUndefined();
});
