import fc from "fast-check";
import { expect, test } from "vitest";
import { publicJwk, thumbprint, tokenHash } from "../../../../../test/support/identity/proofs.ts";
import { makeKey, signText } from "../../../../../test/support/identity/tokens.ts";
import { PROOF_ALGORITHMS } from "../../core/ports/dpop.ts";
import { createDpop } from "./dpop.ts";

/** Whatever is sent, a judgement comes back: an exception here would end a process that anybody can send to. */
const KEY = makeKey("k");
const TOKEN = "aaa.bbb.ccc";
const NOW = 1_800_000_000_000;
const dpop = createDpop({
  clock: { now: () => NOW },
  origins: ["https://gateway.example"],
  nonceKey: Buffer.alloc(32),
  demandsNonce: false,
});

const refusals = (proof: string) => {
  const request = { proofs: [proof], method: "POST", target: "/oauth/token" };
  return [
    dpop.verifyAtResource(request, { text: TOKEN, jkt: thumbprint(KEY) }),
    dpop.verifyAtTokenEndpoint(request, TOKEN),
  ].map((judged) => judged.ok);
};

const claims = {
  jti: "a",
  htm: "POST",
  htu: "https://gateway.example/oauth/token",
  iat: NOW / 1000,
  ath: tokenHash(TOKEN),
};
const header = { typ: "dpop+jwt", alg: "ES256", jwk: publicJwk(KEY) };
const member = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom("P-256", "Ed25519", "EC", "OKP", "RSA", "AQAB", "", "__proto__"),
);

test("a text that is no proof is refused", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
      expect(refusals(text)).toEqual([false, false]);
    }),
  );
});

test("a key with any member altered is refused", () => {
  const names = fc.constantFrom(
    "kty",
    "crv",
    "x",
    "y",
    "n",
    "e",
    "d",
    "use",
    "key_ops",
    "alg",
    "kid",
    "constructor",
  );
  const original = JSON.stringify(header.jwk);
  fc.assert(
    fc.property(fc.constantFrom(...PROOF_ALGORITHMS), names, member, (alg, name, value) => {
      const jwk = { ...header.jwk, [name]: value };
      fc.pre(JSON.stringify(jwk) !== original);
      const proof = signText(KEY, JSON.stringify({ ...header, alg, jwk }), JSON.stringify(claims));
      // What adds nothing to the key, such as a `kid`, is allowed beside it: then the proof is a good one, once.
      const isHarmless = alg === "ES256" && !["kty", "crv", "x", "y", "d"].includes(name);
      if (!isHarmless) expect(refusals(proof)).toEqual([false, false]);
      else expect(() => refusals(proof)).not.toThrow();
    }),
  );
});

test("claims of any other shape are refused", () => {
  fc.assert(
    fc.property(fc.constantFrom("jti", "htm", "htu", "iat"), fc.jsonValue(), (name, value) => {
      fc.pre(name !== "jti" || typeof value !== "string");
      const proof = signText(KEY, JSON.stringify(header), JSON.stringify({ ...claims, [name]: value }));
      expect(refusals(proof)).toEqual([false, false]);
    }),
  );
});
