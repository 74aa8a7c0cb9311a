import { createJWT, EdDSASigner, ES256KSigner, ES256Signer, verifyJWT } from "did-jwt";
import { Resolver } from "did-resolver";
import { getResolver } from "key-did-resolver";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthorityServer, startAuthority } from "../support/authority.ts";
import { type DidKey, didClaims, makeDidKey, signDid } from "../support/did.ts";

let gateway: AuthorityServer;
const admin = makeDidKey();

beforeAll(async () => {
  gateway = await startAuthority({
    env: {
      DID_METHODS: "key pkh",
      DID_ALLOW: "*",
      DID_COMPAT: "on",
      ADMIN_SUBJECTS: `${admin.did}|${admin.did}`,
    },
  });
});
afterAll(() => gateway.close());

const claims = (did: string, changes: object = {}) => ({
  ...didClaims(did, gateway.url, gateway.clock.now()),
  ...changes,
});
const token = (key: DidKey, changes: object = {}, header: object = {}) =>
  signDid(key, claims(key.did, changes), header);
const ownerIn = (accessToken: unknown) =>
  JSON.parse(Buffer.from(String(accessToken).split(".")[1] ?? "", "base64url").toString()).sub_id;

describe("I04: did:key", () => {
  test.each(["Ed25519", "P-256", "secp256k1"] as const)(
    "of %s is exchanged for an agent's token, and opens one call",
    async (curve) => {
      const key = makeDidKey(curve);
      const answer = await gateway.exchange({ subject_token: token(key), scope: "llm:read" });
      expect(answer.status).toBe(200);
      expect(ownerIn(answer.body["access_token"])).toEqual({ format: "iss_sub", iss: key.did, sub: key.did });
      expect(await gateway.call(String(answer.body["access_token"]))).toBe(200);
      expect(await gateway.call(token(key))).toBe(200);
    },
  );

  test("is signed by did-jwt as well, with each kind of key", async () => {
    const signers = [
      ["Ed25519", "EdDSA", EdDSASigner],
      ["P-256", "ES256", ES256Signer],
      ["secp256k1", "ES256K", ES256KSigner],
    ] as const;
    for (const [curve, alg, signerOf] of signers) {
      const key = makeDidKey(curve);
      const d = Buffer.from(key.privateKey.export({ format: "jwk" }).d ?? "", "base64url");
      const signed = await createJWT(
        claims(key.did),
        { issuer: key.did, signer: signerOf(new Uint8Array(d)) },
        { alg, kid: key.kid },
      );
      expect(await gateway.call(signed), curve).toBe(200);
    }
  });

  test("key-did-resolver reads the same keys, and did-jwt verifies the same tokens", async () => {
    const resolver = new Resolver(getResolver());
    for (const curve of ["Ed25519", "secp256k1"] as const) {
      const key = makeDidKey(curve);
      const { didDocument } = await resolver.resolve(key.did);
      expect(didDocument?.authentication).toContain(key.kid);
      const signed = token(key);
      const policies = { now: Math.floor(gateway.clock.now() / 1000) };
      const verified = await verifyJWT(signed, { resolver, audience: gateway.url, policies });
      expect(verified.verified).toBe(true);
      expect(await gateway.call(signed)).toBe(200);
    }
  });

  test("a token counts once, at whatever door, and two at once are one", async () => {
    const key = makeDidKey();
    const once = token(key);
    expect(await gateway.call(once)).toBe(200);
    expect(await gateway.call(once)).toBe(401);
    const again = await gateway.exchange({ subject_token: once });
    expect(again).toMatchObject({ status: 400, body: { error: "invalid_request" } });

    const raced = token(key);
    const answers = await Promise.all(Array.from({ length: 8 }, () => gateway.call(raced)));
    expect(answers.filter((status) => status === 200)).toHaveLength(1);
  });

  test.each([
    "did:key:anything",
    admin.did,
    `Bearer ${admin.did}`,
    `${admin.did}.`,
    `${admin.did}#x`,
    "did:web:x",
  ])("a DID without a signature is 401: %s", async (bare) => {
    expect(await gateway.call(bare)).toBe(401);
  });

  test("the historical form is a token like any other, once", async () => {
    const key = makeDidKey();
    expect(await gateway.call(`${key.did}.${token(key)}`)).toBe(200);
    expect(await gateway.call(`${key.did}${token(key)}`)).toBe(200);
    const used = token(key);
    expect(await gateway.call(`${key.did}.${used}`)).toBe(200);
    expect(await gateway.call(used)).toBe(401);
    expect(await gateway.call(`${admin.did}.${token(key)}`)).toBe(401);
  });

  test("forgeries, respellings and tokens for others are 401, and say nothing of why to an attacker", async () => {
    const [key, other] = [makeDidKey(), makeDidKey()];
    const forged = signDid({ ...key, privateKey: other.privateKey }, claims(key.did));
    const attacks = [
      forged,
      `${token(key)}=`,
      token(key, { aud: "https://elsewhere.test" }),
      token(key, { aud: [gateway.url, "https://elsewhere.test"] }),
      token(key, { iss: other.did }),
      token(key, { sub: other.did }),
      token(key, { exp: Math.floor(gateway.clock.now() / 1000) + 3600 }),
      token(key, {}, { kid: other.kid }),
      token(key, {}, { typ: "at+jwt" }),
      token(key, { iss: gateway.url, sub: "alice" }),
      token(key, { iss: gateway.issuer.issuer, sub: "alice" }),
    ];
    for (const attack of attacks) expect(await gateway.call(attack)).toBe(401);
    expect(gateway.log()).not.toContain(forged);
  });

  test("an administrator by DID manages; claims that only we write are worth nothing", async () => {
    const suspend = (bearer: string) =>
      fetch(`${gateway.url}/attach/v1/revocations`, {
        method: "POST",
        headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
        body: JSON.stringify({ agent: "nobody-registered" }),
      });
    expect((await suspend(token(admin))).ok).toBe(true);
    const lies = { scope: "admin audit:read", act: { sub: "x" }, sub_id: { iss: admin.did, sub: admin.did } };
    expect((await suspend(token(makeDidKey(), lies))).status).toBe(403);
  });

  test("revoking the user ends what came of the DID, and what is signed before that", async () => {
    const key = makeDidKey();
    const early = token(key);
    const { body } = await gateway.exchange({ subject_token: token(key) });
    const revoked = await fetch(`${gateway.url}/attach/v1/revocations`, {
      method: "POST",
      headers: { authorization: `Bearer ${token(key)}`, "content-type": "application/json" },
      body: JSON.stringify({ user: { iss: key.did, sub: key.did } }),
    });
    expect(revoked.ok).toBe(true);
    expect(await gateway.call(String(body["access_token"]))).toBe(401);
    expect(await gateway.call(early)).toBe(401);
  });
});

describe("I04: did:pkh by ES256K-R", () => {
  const secret = generatePrivateKey();
  const { address } = privateKeyToAccount(secret);
  const signAs = (did: string, changes: object = {}, header: object = {}) =>
    createJWT(
      claims(did, changes),
      { issuer: did, signer: ES256KSigner(Buffer.from(secret.slice(2), "hex"), true) },
      { alg: "ES256K-R", kid: `${did}#blockchainAccountId`, ...header },
    );

  test("is one owner by either spelling of the address, and viem and did-jwt agree who it is", async () => {
    for (const spelled of [address, address.toLowerCase()]) {
      const answer = await gateway.exchange({ subject_token: await signAs(`did:pkh:eip155:1:${spelled}`) });
      expect(answer.status).toBe(200);
      const did = `did:pkh:eip155:1:${address}`;
      expect(ownerIn(answer.body["access_token"])).toMatchObject({ iss: did, sub: did });
    }
  });

  test("another account's name, and a signature without v, are 401", async () => {
    const stranger = privateKeyToAccount(generatePrivateKey()).address;
    expect(await gateway.call(await signAs(`did:pkh:eip155:1:${stranger}`))).toBe(401);
    const good = await signAs(`did:pkh:eip155:1:${address}`);
    const [header, payload, signature = ""] = good.split(".");
    const short = Buffer.from(signature, "base64url").subarray(0, 64).toString("base64url");
    expect(await gateway.call(`${header}.${payload}.${short}`)).toBe(401);
    expect(await gateway.call(good)).toBe(200);
  });
});

test("I04: log-in by DID is off until it is said by what and by whom", async () => {
  const [known, unknown] = [makeDidKey(), makeDidKey()];
  for (const [env, status] of [
    [{}, 401],
    [{ DID_METHODS: "key" }, 401],
    [{ DID_METHODS: "pkh", DID_ALLOW: "*" }, 401],
    [{ DID_METHODS: "key", DID_ALLOW: known.did }, 200],
  ] as const) {
    const closed = await startAuthority({ env });
    const by = (key: DidKey) => signDid(key, didClaims(key.did, closed.url, closed.clock.now()));
    expect(await closed.call(by(known)), JSON.stringify(env)).toBe(status);
    expect(await closed.call(by(unknown))).toBe(401);
    expect(await closed.call(`${known.did}.${by(known)}`)).toBe(401);
    await closed.close();
  }
});
