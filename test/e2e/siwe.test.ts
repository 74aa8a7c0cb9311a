import { createJWT, ES256KSigner } from "did-jwt";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { createSiweMessage, parseSiweMessage } from "viem/siwe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthorityServer, startAuthority } from "../support/authority.ts";
import { didClaims } from "../support/did.ts";

let gateway: AuthorityServer;
const secret = generatePrivateKey();
const wallet = privateKeyToAccount(secret);
const did = `did:pkh:eip155:1:${wallet.address}`;
const JSON_BODY = { "content-type": "application/json" };

beforeAll(async () => {
  gateway = await startAuthority({
    env: { DID_METHODS: "pkh", DID_ALLOW: "did:pkh:eip155:1:*", ADMIN_SUBJECTS: `${did}|${did}` },
  });
});
afterAll(() => gateway.close());

async function nonce(): Promise<string> {
  const { status, headers, body } = await gateway.post("/oauth/siwe/nonce", "{}", JSON_BODY);
  expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
  return String(body["nonce"]);
}

async function message(changes: object = {}, as = wallet.address): Promise<string> {
  return createSiweMessage({
    address: as,
    chainId: 1,
    domain: new URL(gateway.url).host,
    uri: gateway.url,
    nonce: await nonce(),
    version: "1",
    issuedAt: new Date(gateway.clock.now()),
    ...changes,
  });
}

const verify = (text: string, signature: string) =>
  gateway.post("/oauth/siwe/verify", JSON.stringify({ message: text, signature }), JSON_BODY);

async function logIn(changes: object = {}) {
  const text = await message(changes);
  return verify(text, await wallet.signMessage({ message: text }));
}
const claimsOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString());

describe("I04: log-in by wallet", () => {
  test("gives a user token of ours, for fifteen minutes, that opens calls and is exchanged", async () => {
    const { status, body } = await logIn();
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 900 });
    const claims = claimsOf(body["access_token"]);
    expect(claims).toMatchObject({
      iss: gateway.url,
      aud: gateway.url,
      sub: did,
      sub_id: { iss: did, sub: did },
    });
    expect(claims.act).toBeUndefined();
    const bearer = String(body["access_token"]);
    expect([await gateway.call(bearer), await gateway.call(bearer)]).toEqual([200, 200]);
    const exchanged = await gateway.exchange({ subject_token: bearer, scope: "llm:read" });
    expect(exchanged.status).toBe(200);
    expect(claimsOf(exchanged.body["access_token"])).toMatchObject({
      sub_id: { iss: did },
      act: { sub: "research-agent" },
    });
    gateway.clock.advance(15 * 60_000 + 10_000);
    expect(await gateway.call(bearer)).toBe(401);
  });

  test("and a signed DID token are one owner", async () => {
    const signed = await createJWT(
      didClaims(did, gateway.url, gateway.clock.now()),
      { issuer: did, signer: ES256KSigner(Buffer.from(secret.slice(2), "hex"), true) },
      { alg: "ES256K-R", kid: `${did}#blockchainAccountId` },
    );
    const byToken = await gateway.exchange({ subject_token: signed });
    const byWallet = await gateway.exchange({ subject_token: String((await logIn()).body["access_token"]) });
    expect(claimsOf(byToken.body["access_token"]).sub_id).toEqual(
      claimsOf(byWallet.body["access_token"]).sub_id,
    );
  });

  test("with every field that a message may have, as viem writes and reads it", async () => {
    const changes = {
      statement: "Let this agent work for me.",
      scheme: "http",
      expirationTime: new Date(gateway.clock.now() + 60_000),
      notBefore: new Date(gateway.clock.now() - 1000),
      requestId: "some-id",
      resources: ["https://example.com/terms"],
    };
    expect(parseSiweMessage(await message(changes))).toMatchObject({ requestId: "some-id" });
    const { status, body } = await logIn(changes);
    expect([status, body["expires_in"]]).toEqual([200, 60]);
  });

  test("a nonce is used once, also by two at a time, and ends", async () => {
    const text = await message();
    const signature = await wallet.signMessage({ message: text });
    const answers = await Promise.all([
      verify(text, signature),
      verify(text, signature),
      verify(text, signature),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    const late = await message();
    const lateSignature = await wallet.signMessage({ message: late });
    gateway.clock.advance(5 * 60_000 + 1);
    expect((await verify(late, lateSignature)).body["error"]).toBe("invalid_grant");
  });

  test.each<[string, () => object]>([
    ["for another site", () => ({ domain: "evil.example" })],
    ["for another site by its address", () => ({ uri: "https://evil.example/" })],
    ["for another scheme", () => ({ scheme: "https" })],
    ["with a nonce of somebody else's", () => ({ nonce: "0123456789abcdef" })],
    ["with an end that has passed", () => ({ expirationTime: new Date(gateway.clock.now() - 1) })],
    ["that is not valid yet", () => ({ notBefore: new Date(gateway.clock.now() + 120_000) })],
    ["issued in the future", () => ({ issuedAt: new Date(gateway.clock.now() + 120_000) })],
    ["for a chain that is not allowed", () => ({ chainId: 137 })],
  ])("a message %s is refused", async (_name, changes) => {
    expect(await logIn(changes())).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("a nonce bent by one digit is not ours", async () => {
    const good = await nonce();
    for (const at of [0, 20, 75]) {
      const bent = good.slice(0, at) + (good[at] === "0" ? "1" : "0") + good.slice(at + 1);
      expect((await logIn({ nonce: bent })).status).toBe(400);
    }
  });

  test("another's signature, a bent one, and one of another message are refused, and use nothing up", async () => {
    const text = await message();
    const good = await wallet.signMessage({ message: text });
    const stranger = privateKeyToAccount(generatePrivateKey());
    const others = [
      await stranger.signMessage({ message: text }),
      await wallet.signMessage({ message: `${text} ` }),
      `${good.slice(0, -2)}02`,
      good.slice(0, -2),
      `0x${"00".repeat(65)}`,
      "",
    ];
    for (const signature of others) expect((await verify(text, signature)).status).toBe(400);
    expect((await verify(text, good)).status).toBe(200);
  });

  test("what is no message and no JSON is refused without a stumble", async () => {
    for (const body of [
      "",
      "{",
      "[]",
      "null",
      '{"message":1}',
      '{"message":"x"}',
      '{"message":"x","signature":"y"}',
    ])
      expect((await gateway.post("/oauth/siwe/verify", body, JSON_BODY)).status).toBe(400);
    expect((await gateway.post("/oauth/siwe/verify", "a=b")).status).toBe(400);
    expect(
      (await gateway.post("/oauth/siwe/verify", `{"message":"${"x".repeat(20_000)}"}`, JSON_BODY)).status,
    ).toBe(413);
  });

  test("T05: its token dies by its id and by its user, and another log-in is good again", async () => {
    const kill = (bearer: string, target: object) =>
      fetch(`${gateway.url}/attach/v1/revocations`, {
        method: "POST",
        headers: { ...JSON_BODY, authorization: `Bearer ${bearer}` },
        body: JSON.stringify(target),
      });
    const tokens = await Promise.all([logIn(), logIn()]);
    const [first = "", second = ""] = tokens.map(({ body }) => String(body["access_token"]));
    expect((await kill(second, { jti: claimsOf(first).jti })).ok).toBe(true);
    expect([await gateway.call(first), await gateway.call(second)]).toEqual([401, 200]);
    expect((await kill(second, { user: { iss: did, sub: did } })).ok).toBe(true);
    expect(await gateway.call(second)).toBe(401);
    gateway.clock.advance(1000);
    expect(await gateway.call(String((await logIn()).body["access_token"]))).toBe(200);
  });

  test("is in the trail, and no text of it is", async () => {
    const { body } = await logIn();
    const bearer = String(body["access_token"]);
    const trail = await fetch(`${gateway.url}/attach/v1/audit?action=token.issue`, {
      headers: { authorization: `Bearer ${bearer}` },
    }).then((response) => response.text());
    expect(trail).toContain("log-in=siwe");
    expect(trail).not.toContain(bearer);
  });
});

test("I04: there is no log-in by wallet where did:pkh is off", async () => {
  const closed = await startAuthority({ env: { DID_METHODS: "key", DID_ALLOW: "*" } });
  expect((await closed.post("/oauth/siwe/nonce", "{}", JSON_BODY)).status).toBe(404);
  await closed.close();
});
