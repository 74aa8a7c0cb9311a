import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sendJson, startTestAuthority, type TestAuthority, unsignedJwt } from "../test/authority.ts";
import { AttachClient } from "./index.ts";

let authority: TestAuthority;
beforeEach(async () => {
  authority = await startTestAuthority();
});
afterEach(() => authority.close());

const bound = (options: object = {}) =>
  new AttachClient("user.jwt.token", { gatewayUrl: authority.url }).agent("a", {
    scopes: ["llm:read"],
    dpop: true,
    ...options,
  });
const proofs: string[] = [];
const part = (proof: string, at: number) =>
  JSON.parse(Buffer.from(proof.split(".")[at] ?? "", "base64url").toString());

/** Answers as a server that gives bound tokens, and keeps the proofs. */
function bind(tokenType = "DPoP", nonce?: string) {
  proofs.length = 0;
  authority.onToken = (seen, response) => {
    const proof = String(seen.headers["dpop"]);
    proofs.push(proof);
    if (nonce !== undefined && part(proof, 1).nonce !== nonce) {
      return sendJson(response, 400, { error: "use_dpop_nonce" }, { "DPoP-Nonce": nonce });
    }
    const access_token = unsignedJwt({ jti: "t", dlg: "d", cnf: { jkt: "j" } });
    const issued_token_type = "urn:ietf:params:oauth:token-type:access_token";
    sendJson(response, 200, { access_token, issued_token_type, token_type: tokenType, expires_in: 300 });
  };
}

test("RFC 9449 §4.2: a proof says what it is for, by a key whose private half is not in it", async () => {
  bind();
  await bound().token();
  const [proof = ""] = proofs;
  expect(part(proof, 0)).toEqual({
    alg: "ES256",
    typ: "dpop+jwt",
    jwk: { kty: "EC", crv: "P-256", x: expect.any(String), y: expect.any(String) },
  });
  expect(part(proof, 1)).toEqual({
    jti: expect.stringMatching(/^[\w-]{22}$/),
    htm: "POST",
    htu: `${authority.url}/oauth/token`,
    iat: expect.any(Number),
    ath: expect.stringMatching(/^[\w-]{43}$/),
  });
});

test("the target of a proof is the request's own, without query", async () => {
  bind();
  const agent = bound();
  authority.onCall = (_, response) => sendJson(response, 200, {});
  await agent.fetch("/api/tags?secret=1", { method: "DELETE" });
  const headers = authority.calls[0]?.headers;
  expect(headers?.authorization).toMatch(/^DPoP /);
  expect(part(String(headers?.["dpop"]), 1)).toMatchObject({
    htm: "DELETE",
    htu: `${authority.url}/api/tags`,
  });
});

test("S03: an answer that is not bound is not taken for one that is, nor the other way round", async () => {
  bind("Bearer");
  await expect(bound().token()).rejects.toMatchObject({ code: "invalid_response" });
  bind("DPoP");
  await expect(bound({ dpop: false }).token()).rejects.toMatchObject({ code: "invalid_response" });
});

describe("nonces", () => {
  test("are asked for once, and remembered", async () => {
    bind("DPoP", "n1");
    await bound().token();
    expect(proofs).toHaveLength(2);
    expect(part(proofs[1] ?? "", 1).nonce).toBe("n1");
  });

  test("that are never right end after one more try", async () => {
    authority.onToken = (_, response) => {
      sendJson(response, 400, { error: "use_dpop_nonce" }, { "DPoP-Nonce": `n${Math.random()}` });
    };
    await expect(bound().token()).rejects.toMatchObject({ code: "use_dpop_nonce" });
    expect(authority.exchanges).toHaveLength(2);
  });

  test("at a route: one more try with a body that can be sent again, none with a stream", async () => {
    bind();
    const demand = { "WWW-Authenticate": 'DPoP error="use_dpop_nonce"', "DPoP-Nonce": "n2" };
    authority.onCall = (seen, response) => {
      const isRight = part(String(seen.headers["dpop"]), 1).nonce === "n2";
      sendJson(response, isRight ? 200 : 401, {}, demand);
    };
    const agent = bound();
    expect((await agent.fetch("/x", { method: "POST", body: "again" })).status).toBe(200);
    expect(authority.calls.map(({ body }) => body)).toEqual(["again", "again"]);
    const body = new Blob(["once"]).stream();
    const other = bound();
    const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
    expect((await other.fetch("/x", init)).status).toBe(401);
  });

  test("of another form are not sent along", async () => {
    bind();
    authority.onCall = (_, response) => sendJson(response, 200, {}, { "DPoP-Nonce": 'a"b' });
    const agent = bound();
    await agent.fetch("/x");
    await agent.fetch("/x");
    expect(part(String(authority.calls[1]?.headers["dpop"]), 1).nonce).toBeUndefined();
  });
});

test("keys and credentials that do not fit are mistakes, and none is ever printed", async () => {
  const rsa = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, false, [
    "sign",
    "verify",
  ]);
  const wrong = { code: "invalid_argument" };
  expect(() => bound({ dpop: "yes" })).toThrow(expect.objectContaining(wrong));
  expect(() => bound({ dpop: rsa })).toThrow(expect.objectContaining(wrong));
  for (const credential of [
    {},
    { secret: "" },
    { kid: "k" },
    { privateKey: rsa.privateKey, kid: "k" },
    "s3cret-text",
  ])
    expect(() => bound({ credential })).toThrow(expect.objectContaining(wrong));
  const agent = bound({ credential: { secret: "s3cret-text" } });
  expect(inspect(agent, { depth: 9, showHidden: true })).not.toContain("s3cret-text");
});

test("a secret's odd characters arrive as they are (RFC 6749 §2.3.1)", async () => {
  let header = "";
  authority.onToken = (seen, response) => {
    header = String(seen.headers.authorization);
    sendJson(response, 401, { error: "invalid_client" });
  };
  await expect(bound({ dpop: false, credential: { secret: "p:ss wörd+&" } }).token()).rejects.toThrow();
  const [id, secret] = atob(header.slice(6)).split(":");
  expect([id, new URLSearchParams(`v=${secret}`).get("v")]).toEqual(["a", "p:ss wörd+&"]);
});
