import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { publicJwk, thumbprint } from "../../../../../test/support/identity/proofs.ts";
import { makeKey } from "../../../../../test/support/identity/tokens.ts";
import { PROOF_ALGORITHMS } from "../../core/ports/dpop.ts";
import type { JsonObject } from "../../core/strict-json.ts";
import { createProofKeys, readProofKey } from "./proof-key.ts";

const EC = makeKey("k");
const read = (jwk: object) => readProofKey(jwk as JsonObject, PROOF_ALGORITHMS);

test("RFC 7638 §3.1: the thumbprint of the RFC's key", () => {
  const n =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
  expect(read({ kty: "RSA", n, e: "AQAB", alg: "RS256", kid: "2011-04-29" })?.jkt).toBe(
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
  );
});

test.each(["ES256", "EdDSA", "RS256"] as const)("reads a public key for %s", (alg) => {
  const key = makeKey("k", alg);
  expect(read(publicJwk(key))).toMatchObject({ jkt: thumbprint(key) });
});

describe("refuses", () => {
  const privateOf = (alg: "ES256" | "EdDSA" | "RS256") =>
    makeKey("k", alg).privateKey.export({ format: "jwk" });
  test.each(["ES256", "EdDSA", "RS256"] as const)("a private key for %s", (alg) => {
    expect(read(privateOf(alg))).toBeUndefined();
  });

  test.each(["d", "p", "q", "dp", "dq", "qi", "oth", "k"])(
    "the private member %s, whatever is in it",
    (name) => {
      expect(read({ ...publicJwk(EC), [name]: "" })).toBeUndefined();
    },
  );

  test("a symmetric key", () => {
    expect(read({ kty: "oct", k: "AAAA" })).toBeUndefined();
  });

  test("a key in another spelling than its thumbprint's", () => {
    const { x } = publicJwk(EC) as { x: string };
    expect(read({ ...publicJwk(EC), x: `${x}=` })).toBeUndefined();
    expect(read({ ...publicJwk(EC), x: ` ${x}` })).toBeUndefined();
    const rsa = publicJwk(makeKey("k", "RS256")) as { n: string };
    const padded = Buffer.concat([Buffer.alloc(3), Buffer.from(rsa.n, "base64url")]).toString("base64url");
    expect(read({ ...rsa, n: padded })).toBeUndefined();
    expect(read({ ...rsa, e: "AAEAAQ" })).toBeUndefined();
  });

  test("a point that is not on its curve, and one of another curve", () => {
    const { y } = publicJwk(makeKey("k")) as { y: string };
    expect(read({ ...publicJwk(EC), y })).toBeUndefined();
    expect(read({ ...publicJwk(EC), crv: "P-384" })).toBeUndefined();
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    expect(read(publicJwk({ publicKey }))).toBeUndefined();
  });

  test("an RSA key that is too short, and one that is costly to use", () => {
    expect(read(publicJwk(makeKey("k", "RS256", 1024)))).toBeUndefined();
    const n = Buffer.alloc(1024, 0xff).toString("base64url");
    expect(read({ kty: "RSA", n, e: "AQAB" })).toBeUndefined();
  });

  test("a key that says it is for something else", () => {
    expect(read({ ...publicJwk(EC), use: "enc" })).toBeUndefined();
    expect(read({ ...publicJwk(EC), alg: "ES384" })).toBeUndefined();
  });
});

test("a key that is kept ready answers to its own spelling and thumbprint only", () => {
  const keys = createProofKeys(PROOF_ALGORITHMS);
  const jwk = publicJwk(EC) as JsonObject;
  const found = keys.find(jwk, thumbprint(EC));
  expect(found).toBeDefined();
  expect(keys.find({ ...jwk }, thumbprint(EC))).toBe(found);
  expect(keys.find(publicJwk(makeKey("k")) as JsonObject, thumbprint(EC))).toBeUndefined();
  expect(keys.find(jwk, thumbprint(makeKey("k")))).toBeUndefined();
  expect(keys.find({ ...jwk, d: "AA" }, thumbprint(EC))).toBeUndefined();
});
