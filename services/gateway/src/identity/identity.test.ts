import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type JwksServer, startJwksServer } from "../../../../test/support/identity/jwks-server.ts";
import { type ManualClock, manualClock } from "../../../../test/support/identity/manual-clock.ts";
import { createOutbound } from "../../../../test/support/identity/outbound.ts";
import {
  agentClaims,
  type OwnKeys,
  ownKeys,
  PUBLIC_URL,
  signAgentToken,
} from "../../../../test/support/identity/own-keys.ts";
import { encode, makeKey, signToken, type TestKey } from "../../../../test/support/identity/tokens.ts";
import { ownerKey } from "../core/owner.ts";
import type { SubjectTokenType, Verification } from "../core/ports/identity.ts";
import type { Revocations } from "../core/ports/revocations.ts";
import { createIdentity, type Identity } from "./identity.ts";
import type { IssuerOptions } from "./issuers.ts";
import { createRevocations } from "./revocations.ts";

const RSA = makeKey("rsa-1", "RS256");
let key: TestKey;
let server: JwksServer;
let clock: ManualClock;
let own: OwnKeys;
let revocations: Revocations;
let identity: Identity;

const issuerOptions = (changes: Partial<IssuerOptions> = {}): IssuerOptions => ({
  issuer: server.issuer,
  audiences: ["attach"],
  algorithms: ["ES256", "RS256"],
  allowInsecure: false,
  skewSeconds: 30,
  acceptIdTokens: true,
  clientId: "attach-web",
  requireScopes: false,
  ...changes,
});

beforeEach(async () => {
  key = makeKey("k1");
  server = await startJwksServer([key.jwk, RSA.jwk]);
  clock = manualClock();
  own = ownKeys();
  revocations = createRevocations({ clock });
  identity = createIdentity({
    clock,
    outbound: createOutbound({ allowedHosts: ["127.0.0.1", "localhost"] }),
    issuers: [issuerOptions()],
    own: { issuer: PUBLIC_URL, audience: PUBLIC_URL, keys: own },
    revocations,
    userScopes: ["llm:read", "memory:read"],
    admins: [{ iss: server.issuer, sub: "root" }],
  });
});

afterEach(async () => {
  identity.close();
  await server.close();
});

const userClaims = (changes: object = {}) => {
  const now = Math.floor(clock.now() / 1000);
  return { iss: server.issuer, sub: "alice", aud: "attach", iat: now, exp: now + 600, ...changes };
};
const userToken = (changes: object = {}, header: object = {}) => signToken(key, userClaims(changes), header);
const agentToken = (changes: object = {}) => signAgentToken(own.key, agentClaims(clock.now(), changes));

const JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
const OTHER_JKT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

const outcome = (judged: Verification) => (judged.ok ? judged.value.kind : judged.reason);
const bearer = async (token: string) => outcome(await identity.verifyBearer(token));
const subject = async (token: string, type: SubjectTokenType) =>
  outcome(await identity.verifySubject(token, type));

describe("a bearer token", () => {
  test("of a user, a service account and an agent is known for what it is", async () => {
    expect(await bearer(userToken())).toBe("user");
    expect(await bearer(userToken({ client_id: "alice" }))).toBe("service");
    expect(await bearer(agentToken())).toBe("agent");
  });

  test("S04: its rules are chosen by iss, never by typ", async () => {
    expect(await bearer(userToken({}, { typ: "at+jwt" }))).toBe("user");
    // Every claim of an agent token, signed by the identity provider: still only a user.
    const forged = { ...agentClaims(clock.now()), ...userClaims() };
    expect(await bearer(signToken(key, forged, { typ: "at+jwt" }))).toBe("user");
    // Our own name, signed by the identity provider's key.
    expect(await bearer(signToken(key, agentClaims(clock.now()), { typ: "at+jwt" }))).toBe("unknown_key");
    const underOurKid = { ...key, kid: own.key.kid };
    expect(await bearer(signToken(underOurKid, agentClaims(clock.now()), { typ: "at+jwt" }))).toBe(
      "bad_signature",
    );
    // The identity provider's name, signed by our key.
    expect(await bearer(signToken(own.key, userClaims()))).toBe("unknown_key");
  });

  test("of an issuer nobody configured is refused without asking it anything", async () => {
    for (const iss of ["https://evil.test", "", undefined, null, [server.issuer], "__proto__"]) {
      expect(await bearer(signToken(key, userClaims({ iss })))).toBe("unknown_issuer");
    }
    // The commonest mistake has a name of its own, so that its owner need not search.
    expect(await bearer(signToken(key, userClaims({ iss: `${server.issuer}/` })))).toBe("issuer_spelling");
    expect(server.asked).toEqual({ keys: 0, discovery: 0 });
  });

  test("is verified offline once the keys are here", async () => {
    await identity.warm();
    expect(server.asked).toEqual({ keys: 1, discovery: 1 });
    for (let i = 0; i < 20; i++) expect(await bearer(userToken({ jti: `t-${i}` }))).toBe("user");
    expect(server.asked).toEqual({ keys: 1, discovery: 1 });
  });
});

describe("S10: a remembered token", () => {
  test("is answered at once, without a promise", async () => {
    const token = userToken();
    const first = identity.verifyBearer(token);
    expect(first).toBeInstanceOf(Promise);
    await first;
    expect(identity.verifyBearer(token)).toMatchObject({ ok: true, value: { owner: { sub: "alice" } } });
  });

  test("is refused the moment its owner, its delegation or its session is revoked", async () => {
    const [user, agent, sibling] = [
      userToken(),
      agentToken(),
      agentToken({ dlg: "d2", root: "d2", sid: "s2" }),
    ];
    for (const token of [user, agent, sibling]) await identity.verifyBearer(token);
    const record = { at: clock.now(), until: clock.now() + 1e6 };
    revocations.apply({ kind: "dlg", value: "dlg-1", ...record });
    expect(identity.verifyBearer(agent)).toEqual({ ok: false, reason: "revoked" });
    expect(identity.verifyBearer(sibling)).toMatchObject({ ok: true });
    revocations.apply({ kind: "sid", value: "s2", ...record });
    expect(identity.verifyBearer(sibling)).toEqual({ ok: false, reason: "revoked" });
    revocations.apply({ kind: "user", value: ownerKey({ iss: server.issuer, sub: "alice" }), ...record });
    expect(identity.verifyBearer(user)).toEqual({ ok: false, reason: "revoked" });
    expect(await subject(user, "access_token")).toBe("revoked");
  });

  test("is verified anew after five minutes, and refused after exp", async () => {
    const [long, short] = [
      userToken({ exp: clock.now() / 1000 + 3600 }),
      userToken({ exp: clock.now() / 1000 + 60 }),
    ];
    await bearer(long);
    await bearer(short);
    clock.advance(60_000);
    expect(identity.verifyBearer(short)).toBeInstanceOf(Promise);
    clock.advance(30_000);
    expect(await bearer(short)).toBe("expired");
    clock.advance(210_000);
    expect(identity.verifyBearer(long)).toBeInstanceOf(Promise);
    expect(await bearer(long)).toBe("user");
  });

  test("is dropped when the issuer's key set changes", async () => {
    const token = userToken();
    await bearer(token);
    server.keys = [makeKey("k2").jwk];
    await identity.warm();
    expect(await bearer(token)).toBe("unknown_key");
  });

  test("of ours is dropped when our key is withdrawn", async () => {
    const token = agentToken();
    await bearer(token);
    own.withdraw();
    expect(await bearer(token)).toBe("unknown_key");
  });

  test("lends nothing to a token that differs by a character, nor does a refusal stay", async () => {
    const token = userToken();
    await bearer(token);
    expect(await bearer(`${token}=`)).toBe("malformed");
    expect(await bearer(token.slice(0, -2) + (token.at(-2) === "A" ? "B" : "A") + token.slice(-1))).toBe(
      "bad_signature",
    );
    const early = userToken({ nbf: clock.now() / 1000 + 40 });
    expect(await bearer(early)).toBe("not_yet_valid");
    clock.advance(10_000);
    expect(await bearer(early)).toBe("user");
  });
});

describe("S06: an ID token", () => {
  const idToken = (changes: object = {}) => userToken({ aud: "attach-web", nonce: "n", ...changes });

  test("is refused as a bearer and as any other type of subject", async () => {
    for (const token of [idToken(), idToken({ aud: "attach" })]) {
      expect(await bearer(token)).toBe("id_token");
      expect(await subject(token, "access_token")).toBe("id_token");
      expect(await subject(token, "jwt")).toBe("id_token");
    }
  });

  test("is accepted as a subject of its own type, for our client, and leaves no memory behind", async () => {
    const token = idToken();
    expect(await subject(token, "id_token")).toBe("user");
    expect(await bearer(token)).toBe("id_token");
    expect(await subject(idToken({ aud: "attach" }), "id_token")).toBe("wrong_audience");
    expect(await subject(userToken(), "id_token")).toBe("wrong_audience");
    expect(await subject(agentToken(), "id_token")).toBe("unknown_issuer");
  });

  test("is refused as a subject once its owner is revoked", async () => {
    const value = ownerKey({ iss: server.issuer, sub: "alice" });
    revocations.apply({ kind: "user", value, at: clock.now(), until: clock.now() + 1e6 });
    expect(await subject(idToken(), "id_token")).toBe("revoked");
  });
});

describe("a subject token", () => {
  test("of an identity provider may be called access_token or jwt; ours only access_token", async () => {
    expect(await subject(userToken(), "access_token")).toBe("user");
    expect(await subject(userToken(), "jwt")).toBe("user");
    expect(await subject(agentToken(), "access_token")).toBe("agent");
    expect(await subject(agentToken(), "jwt")).toBe("wrong_type");
  });
});

describe("the attack checklist", () => {
  const part = (index: number, token = userToken()) => token.split(".")[index] ?? "";

  test("alg none in any spelling", async () => {
    for (const alg of ["none", "None", "nOnE"]) {
      expect(await bearer(`${encode(JSON.stringify({ alg, kid: "k1" }))}.${part(1)}.`)).toBe(
        "unsupported_algorithm",
      );
    }
  });

  test("HS256 with the public key as the secret", async () => {
    const secrets = [
      RSA.publicKey.export({ type: "spki", format: "pem" }),
      RSA.publicKey.export({ type: "spki", format: "der" }),
      JSON.stringify(RSA.jwk),
    ];
    for (const secret of secrets) {
      const input = `${encode(JSON.stringify({ alg: "HS256", kid: "rsa-1", typ: "JWT" }))}.${part(1)}`;
      const mac = createHmac("sha256", secret).update(input).digest("base64url");
      expect(await bearer(`${input}.${mac}`)).toBe("unsupported_algorithm");
    }
  });

  test("an algorithm off the issuer's list is refused before any key is looked for", async () => {
    for (const alg of ["HS256", "PS256", "ES384", "es256", "RSA-OAEP", "dir"]) {
      expect(await bearer(userToken({}, { alg, kid: "made-up" }))).toBe("unsupported_algorithm");
    }
    expect(server.asked).toEqual({ keys: 0, discovery: 0 });
  });

  test("another algorithm of the same key than the one it is pinned to", async () => {
    expect(await bearer(signToken({ ...RSA, alg: "PS256" }, userClaims()))).toBe("unsupported_algorithm");
    expect(await bearer(signToken({ ...RSA, kid: "k1" }, userClaims()))).toBe("unsupported_algorithm");
    expect(await bearer(signToken(RSA, userClaims()))).toBe("user");
  });

  test("a key brought along: jwk, jku, x5u, x5c", async () => {
    const forger = makeKey("k1");
    for (const header of [
      { jwk: forger.jwk },
      { jku: `${server.issuer}/jwks` },
      { x5u: server.issuer },
      { x5c: ["MII"] },
    ]) {
      expect(await bearer(signToken(forger, userClaims(), header))).toBe("unsupported_header");
    }
    expect(server.asked).toEqual({ keys: 0, discovery: 0 });
  });

  test("a kid that is a path or a query, at the cost of one fetch for all of them", async () => {
    await identity.warm();
    for (const kid of ["../../../dev/null", "k1' OR '1'='1", "k1\u0000", "__proto__", "constructor"]) {
      expect(await bearer(userToken({}, { kid }))).toBe("unknown_key");
    }
    expect(server.asked.keys).toBe(2);
  });

  test("a payload exchanged under a good signature, with duplicate members or without", async () => {
    const token = userToken();
    const admin = encode(JSON.stringify(userClaims({ sub: "root" })));
    expect(await bearer(`${part(0, token)}.${admin}.${part(2, token)}`)).toBe("bad_signature");
    const twice = encode(JSON.stringify(userClaims()).replace("{", '{"sub":"root",'));
    expect(await bearer(`${part(0, token)}.${twice}.${part(2, token)}`)).toBe("malformed");
  });

  test("crit, b64=false, and JSON serialization", async () => {
    expect(await bearer(userToken({}, { crit: ["exp"], exp: 1 }))).toBe("unsupported_header");
    expect(await bearer(userToken({}, { b64: false, crit: ["b64"] }))).toBe("unsupported_header");
    const [header, payload, signature] = userToken().split(".");
    expect(await bearer(JSON.stringify({ protected: header, payload, signature }))).toBe("malformed");
  });

  test("a token of the right signer and the wrong type or audience", async () => {
    expect(await bearer(userToken({}, { typ: "dpop+jwt" }))).toBe("wrong_type");
    expect(await bearer(userToken({}, { typ: "logout+jwt" }))).toBe("wrong_type");
    expect(await bearer(userToken({ aud: "another-api" }))).toBe("wrong_audience");
    expect(await bearer(userToken({ aud: PUBLIC_URL }))).toBe("wrong_audience");
  });

  test("S03: a token bound to a key, sent as a plain bearer", async () => {
    for (const cnf of [{ jkt: JKT }, { jkt: "x" }, { "x5t#S256": JKT }, null]) {
      expect(await bearer(userToken({ cnf }))).toBe("sender_constrained");
      expect(await bearer(agentToken({ cnf }))).toBe("sender_constrained");
    }
  });

  test("S03: a remembered token stays bound to its key", async () => {
    const token = agentToken({ cnf: { jkt: JKT } });
    expect(await identity.verifyBound(token)).toMatchObject({ ok: true, value: { jkt: JKT } });
    expect(identity.verifyBearer(token)).toEqual({ ok: false, reason: "sender_constrained" });
    expect(identity.verifyBound(token)).toMatchObject({ ok: true, value: { jkt: JKT } });
  });

  test("a token that is not bound, sent under the DPoP scheme", async () => {
    for (const token of [userToken(), agentToken()]) {
      expect(outcome(await identity.verifyBound(token))).toBe("not_sender_constrained");
      expect(await bearer(token)).toMatch(/^(user|agent)$/);
    }
  });

  test("S03: a bound subject, unless its own key was proved", async () => {
    const cnf = { jkt: JKT };
    const idToken = { aud: "attach-web", nonce: "n", cnf };
    const subjects: [string, SubjectTokenType][] = [
      [userToken({ cnf }), "access_token"],
      [userToken({ cnf }), "jwt"],
      [userToken(idToken), "id_token"],
      [agentToken({ cnf }), "access_token"],
    ];
    for (const [token, type] of subjects) {
      expect(outcome(await identity.verifySubject(token, type))).toBe("sender_constrained");
      expect(outcome(await identity.verifySubject(token, type, OTHER_JKT))).toBe("invalid_dpop_proof");
      expect(outcome(await identity.verifySubject(token, type, JKT))).toMatch(/^(user|agent)$/);
    }
    // A proof beside an unbound subject takes nothing away.
    expect(outcome(await identity.verifySubject(userToken(), "jwt", JKT))).toBe("user");
  });
});

describe("S07: a token of ours by signature alone", () => {
  test("identifies expired and revoked ones, and nobody else's", async () => {
    const expired = agentToken({ exp: clock.now() / 1000 - 100 });
    expect(await bearer(expired)).toBe("expired");
    expect(outcome(await identity.verifyOwn(expired))).toBe("agent");
    expect(outcome(await identity.verifyOwn(userToken()))).toBe("unknown_issuer");
    expect(outcome(await identity.verifyOwn("x"))).toBe("malformed");
  });
});
