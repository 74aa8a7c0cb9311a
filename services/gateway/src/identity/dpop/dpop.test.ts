import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../../../../test/support/identity/manual-clock.ts";
import { makeProof, publicJwk, thumbprint, tokenHash } from "../../../../../test/support/identity/proofs.ts";
import { encode, makeKey, signText } from "../../../../../test/support/identity/tokens.ts";
import type { DpopVerifier } from "../../core/ports/dpop.ts";
import { createDpop, type DpopOptions } from "./dpop.ts";
import { createReplayCache } from "./replay.ts";

const ORIGIN = "https://gateway.example";
const TOKEN = "aaa.bbb.ccc";
const NONCE_KEY = Buffer.alloc(32, 7);
const KEY = makeKey("k");
const OTHER = makeKey("other");
const JKT = thumbprint(KEY);

let clock: ManualClock;
let dpop: DpopVerifier;

const start = (changes: Partial<DpopOptions> = {}) =>
  createDpop({ clock, origins: [ORIGIN], nonceKey: NONCE_KEY, demandsNonce: false, ...changes });

beforeEach(() => {
  clock = manualClock();
  dpop = start();
});

const seconds = () => Math.floor(clock.now() / 1000);
const resourceProof = (claims: object = {}, header: object = {}, key = KEY) =>
  makeProof(
    key,
    { htm: "POST", htu: `${ORIGIN}/api/chat`, ath: tokenHash(TOKEN), iat: seconds(), ...claims },
    header,
  );
const tokenProof = (claims: object = {}, key = KEY) =>
  makeProof(key, { htm: "POST", htu: `${ORIGIN}/oauth/token`, iat: seconds(), ...claims });

const reasonOf = (judged: { ok: true } | { ok: false; reason: string }) => (judged.ok ? "ok" : judged.reason);
const atResource = (proof: string | readonly string[], { verifier = dpop, token = TOKEN, jkt = JKT } = {}) =>
  reasonOf(
    verifier.verifyAtResource(
      { proofs: [proof].flat(), method: "POST", target: "/api/chat?stream=1" },
      { text: token, jkt },
    ),
  );
const atToken = (proof: string, { verifier = dpop, subject = undefined as string | undefined } = {}) =>
  verifier.verifyAtTokenEndpoint({ proofs: [proof], method: "POST", target: "/oauth/token" }, subject);

describe("a proof at a protected route", () => {
  test.each(["ES256", "EdDSA", "RS256", "PS256"] as const)("made with %s is accepted", (alg) => {
    const key = makeKey("k", alg);
    expect(atResource(resourceProof({}, {}, key), { jkt: thumbprint(key) })).toBe("ok");
  });

  test("made with Ed25519 by its newer name is accepted", () => {
    const key = makeKey("k", "EdDSA");
    expect(atResource(resourceProof({}, { alg: "Ed25519" }, key), { jkt: thumbprint(key) })).toBe("ok");
  });

  test.each<[string, object, object]>([
    ["another method", { htm: "GET" }, {}],
    ["a method in another case", { htm: "post" }, {}],
    ["another path", { htu: `${ORIGIN}/api/tags` }, {}],
    ["another host", { htu: "https://evil.example/api/chat" }, {}],
    ["another scheme", { htu: "http://gateway.example/api/chat" }, {}],
    ["another port", { htu: "https://gateway.example:8443/api/chat" }, {}],
    ["no htu", { htu: undefined }, {}],
    ["an htu that is a list", { htu: [`${ORIGIN}/api/chat`] }, {}],
    ["no htm", { htm: undefined }, {}],
    ["no ath", { ath: undefined }, {}],
    ["the ath of another token", { ath: tokenHash("x.y.z") }, {}],
    ["an ath that is hexadecimal", { ath: Buffer.from(tokenHash(TOKEN), "base64url").toString("hex") }, {}],
    ["no jti", { jti: undefined }, {}],
    ["an empty jti", { jti: "" }, {}],
    ["a jti of control characters", { jti: "a\nb" }, {}],
    ["a jti of 256 characters", { jti: "x".repeat(256) }, {}],
    ["no iat", { iat: undefined }, {}],
    ["an iat that is text", { iat: "1800000000" }, {}],
    ["an iat in milliseconds", { iat: 1_800_000_000_000 }, {}],
    ["a nonce that is a number", { nonce: 1 }, {}],
    ["the typ of an access token", {}, { typ: "at+jwt" }],
    ["the typ JWT", {}, { typ: "JWT" }],
    ["no typ", {}, { typ: undefined }],
    ["no jwk", {}, { jwk: undefined }],
    ["a jwk that is text", {}, { jwk: "x" }],
    ["a critical extension", {}, { crit: ["exp"], exp: 1 }],
    ["an unencoded payload", {}, { b64: false }],
    ["an address of a key", {}, { jku: "http://127.0.0.1:1/jwks" }],
    ["a certificate chain", {}, { x5c: ["MIIB"] }],
    ["a compressed payload", {}, { zip: "DEF" }],
    ["an algorithm that its key does not serve", {}, { alg: "RS256" }],
    ["the algorithm none", {}, { alg: "none" }],
    ["the algorithm None", {}, { alg: "None" }],
    ["a symmetric algorithm", {}, { alg: "HS256" }],
  ])("with %s is refused", (_name, claims, header) => {
    expect(atResource(resourceProof(claims, header))).toBe("invalid_dpop_proof");
  });

  test("by another key than the token's is refused, whichever key it carries", () => {
    expect(atResource(resourceProof({}, {}, OTHER))).toBe("invalid_dpop_proof");
    expect(atResource(resourceProof({}, { jwk: publicJwk(KEY) }, OTHER))).toBe("invalid_dpop_proof");
    expect(atResource(resourceProof({}, { jwk: publicJwk(OTHER) }))).toBe("invalid_dpop_proof");
  });

  test("that is signed with the public key as a shared secret is refused", () => {
    const proof = resourceProof({}, { alg: "HS256" });
    const input = proof.slice(0, proof.lastIndexOf("."));
    const pem = KEY.publicKey.export({ type: "spki", format: "pem" });
    const forged = `${input}.${createHmac("sha256", pem).update(input).digest("base64url")}`;
    expect(atResource(forged)).toBe("invalid_dpop_proof");
  });

  test("that is not alone is refused, even beside itself", () => {
    const proof = resourceProof();
    expect(atResource([proof, proof])).toBe("invalid_dpop_proof");
    expect(atResource([`${proof}, ${proof}`])).toBe("invalid_dpop_proof");
    expect(atResource([])).toBe("invalid_dpop_proof");
    expect(atResource([""])).toBe("invalid_dpop_proof");
    expect(atResource(proof)).toBe("ok");
  });

  test("in another spelling is refused", () => {
    const proof = resourceProof();
    const [header = "", payload = "", signature = ""] = proof.split(".");
    const json = JSON.stringify({ payload, signatures: [{ protected: header, signature }] });
    for (const other of [`${proof}=`, ` ${proof}`, `${proof}.`, `${header}.${payload}.`, json]) {
      expect(atResource(other)).toBe("invalid_dpop_proof");
    }
  });

  test("with a member named twice is refused", () => {
    const header = JSON.stringify({ alg: "ES256", typ: "dpop+jwt", jwk: publicJwk(KEY) });
    const claims = `{"htm":"GET","htm":"POST","htu":"${ORIGIN}/api/chat","ath":"${tokenHash(TOKEN)}","jti":"a","iat":${seconds()}}`;
    expect(atResource(signText(KEY, header, claims))).toBe("invalid_dpop_proof");
    const once = claims.replace('"htm":"GET",', "");
    expect(atResource(signText(KEY, header.replace("{", '{"alg":"none",'), once))).toBe("invalid_dpop_proof");
    expect(atResource(signText(KEY, header, once))).toBe("ok");
  });

  test("that is huge is refused unread", () => {
    expect(atResource(resourceProof({ padding: "x".repeat(5000) }))).toBe("invalid_dpop_proof");
    expect(atResource(resourceProof({}, { jwk: { ...publicJwk(KEY), x: "A".repeat(5000) } }))).toBe(
      "invalid_dpop_proof",
    );
    expect(atResource(encode("{".repeat(4000)))).toBe("invalid_dpop_proof");
  });

  test("S11: is used up by its first use, for its key alone", () => {
    const proof = resourceProof({ jti: "same" });
    expect(atResource(proof)).toBe("ok");
    expect(atResource(proof)).toBe("invalid_dpop_proof");
    // Another's proof of the same id is another proof.
    expect(atResource(resourceProof({ jti: "same" }, {}, OTHER), { jkt: thumbprint(OTHER) })).toBe("ok");
    clock.advance(60_000);
    expect(atResource(proof)).toBe("invalid_dpop_proof");
  });

  test("a proof that was refused is not used up", () => {
    const proof = resourceProof();
    expect(atResource(proof, { token: "x.y.z" })).toBe("invalid_dpop_proof");
    expect(atResource(proof)).toBe("ok");
  });

  test("S11: is refused while it could not be remembered", () => {
    const verifier = start({ replay: createReplayCache({ capacity: 1 }) });
    expect(atResource(resourceProof(), { verifier })).toBe("ok");
    expect(atResource(resourceProof(), { verifier })).toBe("proofs_exhausted");
  });
});

describe("S11: the time of a proof", () => {
  test.each([
    ["one minute old", -60, "ok"],
    ["older", -61, "dpop_nonce_required"],
    ["one minute ahead", 60, "ok"],
    ["further ahead", 61, "dpop_nonce_required"],
  ])("%s", (_name, offset, expected) => {
    const verifier = start();
    clock.advance(3_600_000);
    expect(atResource(resourceProof({ iat: seconds() + offset }), { verifier })).toBe(expected);
  });

  test("from before this process started is refused: what was seen then is forgotten", () => {
    const before = resourceProof();
    clock.advance(2_000);
    const restarted = start();
    expect(atResource(before)).toBe("ok");
    expect(atResource(before, { verifier: restarted })).toBe("dpop_nonce_required");
    expect(atResource(resourceProof(), { verifier: restarted })).toBe("ok");
    // At the token endpoint the store remembers.
    expect(atToken(tokenProof({ iat: seconds() - 2 }), { verifier: restarted })).toMatchObject({ ok: true });
  });

  test("a bad signature is never told that a nonce would help", () => {
    expect(atResource(resourceProof({ iat: 1 }, { jwk: publicJwk(OTHER) }))).toBe("invalid_dpop_proof");
  });
});

describe("a nonce", () => {
  test("stands in for a clock that is off", () => {
    expect(atResource(resourceProof({ iat: 1, nonce: dpop.nonce() }))).toBe("ok");
    expect(atToken(tokenProof({ iat: 1, nonce: dpop.nonce() }))).toMatchObject({ ok: true });
  });

  test("is demanded where the configuration says so", () => {
    const verifier = start({ demandsNonce: true });
    expect(atResource(resourceProof(), { verifier })).toBe("dpop_nonce_required");
    expect(atToken(tokenProof(), { verifier })).toMatchObject({ reason: "dpop_nonce_required" });
    const nonce = verifier.nonce();
    expect(atResource(resourceProof({ nonce: "guessed" }), { verifier })).toBe("dpop_nonce_required");
    expect(atResource(resourceProof({ nonce }), { verifier })).toBe("ok");
    expect(atToken(tokenProof({ nonce }), { verifier })).toMatchObject({ ok: true });
  });

  test("ends after three minutes, and with it the proof, whatever its iat says", () => {
    const nonce = dpop.nonce();
    const proof = resourceProof({ nonce, iat: seconds() + 200 });
    expect(atResource(proof)).toBe("ok");
    clock.advance(180_000);
    expect(atResource(proof)).toBe("invalid_dpop_proof");
    clock.advance(10_001);
    expect(atResource(proof)).toBe("dpop_nonce_required");
    expect(atResource(resourceProof({ nonce }))).toBe("dpop_nonce_required");
  });

  test("S11: of another process is worth nothing at a route, and is good where the store remembers", () => {
    const other = start({ demandsNonce: true });
    const verifier = start({ demandsNonce: true });
    const nonce = other.nonce();
    expect(nonce).not.toBe(verifier.nonce());
    expect(atResource(resourceProof({ nonce }), { verifier })).toBe("dpop_nonce_required");
    expect(atToken(tokenProof({ nonce }), { verifier })).toMatchObject({ ok: true });
  });

  test("cannot be made without the key", () => {
    const forger = start({ nonceKey: Buffer.alloc(32, 8) });
    expect(atToken(tokenProof({ iat: 1, nonce: forger.nonce() }))).toMatchObject({
      reason: "dpop_nonce_required",
    });
  });
});

describe("a proof at the token endpoint", () => {
  test("says which key its sender holds, and what is to be used up", () => {
    const proved = atToken(tokenProof({ jti: "once" }));
    expect(proved).toEqual({
      ok: true,
      value: {
        jkt: JKT,
        use: { issuer: `dpop:${JKT}`, jti: "once", expiresAt: seconds() * 1000 + 120_000 },
      },
    });
  });

  test("may be for the subject token too, and then for no other", () => {
    const proof = tokenProof({ ath: tokenHash("subject") });
    expect(atToken(proof, { subject: "subject" })).toMatchObject({ ok: true });
    expect(atToken(proof, { subject: "another" })).toMatchObject({ reason: "invalid_dpop_proof" });
    expect(atToken(proof)).toMatchObject({ reason: "invalid_dpop_proof" });
  });

  test("made for a route opens nothing here, nor the other way round", () => {
    expect(atToken(resourceProof())).toMatchObject({ reason: "invalid_dpop_proof" });
    expect(atResource(tokenProof({ ath: tokenHash(TOKEN) }))).toBe("invalid_dpop_proof");
  });
});
