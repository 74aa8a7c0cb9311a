import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthorityServer, startAuthority } from "../support/authority.ts";
import { makeProof, publicJwk, thumbprint, tokenHash } from "../support/identity/proofs.ts";
import { makeKey, type TestKey } from "../support/identity/tokens.ts";

/** Bound tokens at the protected routes of a running gateway (RFC 9449 §7). */
const KEY = makeKey("holder");
const THIEF = makeKey("thief");

let at: AuthorityServer;
beforeAll(async () => {
  at = await startAuthority({ admins: ["auditor"], env: { CORS_ORIGINS: "https://app.example" } });
});
afterAll(() => at.close());

/** A user's token that the identity provider bound to the holder's key. */
const boundToken = (key = KEY) => at.userToken({ cnf: { jkt: thumbprint(key) } });

interface Call {
  readonly token: string;
  readonly key?: TestKey;
  readonly claims?: object;
  readonly header?: object;
  readonly scheme?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const proofFor = ({ token, key = KEY, claims = {}, header = {} }: Call) => {
  const iat = Math.floor(at.clock.now() / 1000);
  return makeProof(
    key,
    { htm: "GET", htu: `${at.url}/api/tags`, ath: tokenHash(token), iat, ...claims },
    header,
  );
};

async function send(headers: Record<string, string> | [string, string][], url = at.url): Promise<Response> {
  const response = await fetch(`${url}/api/tags?x=1`, { headers });
  await response.arrayBuffer();
  return response;
}
const call = (given: Call) =>
  send({
    authorization: `${given.scheme ?? "DPoP"} ${given.token}`,
    dpop: proofFor(given),
    ...given.headers,
  });

/** `fetch` sends no `Host` but its own. */
async function rawStatus(headers: Record<string, string>): Promise<number | undefined> {
  const sent = request(`${at.url}/api/tags`, { headers }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  return response.statusCode;
}

/** The first challenge names the scheme that was used and what was wrong. */
async function refusal(given: Call): Promise<string> {
  const response = await call(given);
  const challenge = response.headers.get("www-authenticate") ?? "";
  const [, scheme = "", error = ""] = /^(\S+) error="([^"]+)"/.exec(challenge) ?? [];
  expect(challenge).toContain(`resource_metadata="${at.url}/.well-known/oauth-protected-resource"`);
  return `${response.status} ${scheme} ${error}`;
}

describe("T08: a token bound to a key", () => {
  test("S03: of an identity provider opens a route with a proof by that key, again and again", async () => {
    const token = boundToken();
    for (let i = 0; i < 3; i++) expect((await call({ token })).status).toBe(200);
  });

  test("S03: is refused as a plain bearer, with and without a proof beside it", async () => {
    const token = boundToken();
    expect(await at.call(token)).toBe(401);
    expect(await refusal({ token, scheme: "Bearer" })).toBe("401 Bearer invalid_token");
    // Remembered by now: still bound.
    expect((await call({ token })).status).toBe(200);
    expect(await at.call(token)).toBe(401);
  });

  test("S03: a binding that cannot be proved here is refused under either scheme", async () => {
    for (const cnf of [{ "x5t#S256": thumbprint(KEY) }, { jkt: thumbprint(KEY), "x5t#S256": "x" }, {}]) {
      const token = at.userToken({ cnf });
      expect(await at.call(token)).toBe(401);
      expect(await refusal({ token })).toBe("401 DPoP invalid_token");
    }
  });

  test("a token that is not bound is refused under the DPoP scheme", async () => {
    expect(await refusal({ token: at.userToken() })).toBe("401 DPoP invalid_token");
  });

  test.each<[string, Omit<Call, "token">]>([
    ["by another key", { key: THIEF }],
    ["by another key that shows the right one", { key: THIEF, header: { jwk: publicJwk(KEY) } }],
    ["for another method", { claims: { htm: "POST" } }],
    ["for another path", { claims: { htu: "http://gateway.example/api/chat" } }],
    ["for another token", { claims: { ath: tokenHash("another") } }],
    ["for no token", { claims: { ath: undefined } }],
    ["of another type", { header: { typ: "at+jwt" } }],
    ["with its private key", { header: { jwk: KEY.privateKey.export({ format: "jwk" }) } }],
    ["without an algorithm", { header: { alg: "none" } }],
    ["with a shared secret", { header: { alg: "HS256" } }],
    ["with a huge key", { header: { jwk: { ...publicJwk(KEY), n: "A".repeat(6000) } } }],
  ])("a proof %s opens nothing", async (_name, given) => {
    expect(await refusal({ token: boundToken(), ...given })).toBe("401 DPoP invalid_dpop_proof");
  });

  test("without a proof, or with two, opens nothing", async () => {
    const token = boundToken();
    const authorization = `DPoP ${token}`;
    const none = await send({ authorization });
    expect(none.headers.get("www-authenticate")).toMatch(
      /^DPoP error="invalid_dpop_proof", .*algs="ES256 .*", Bearer resource_metadata=/,
    );
    const two = await send([
      ["authorization", authorization],
      ["dpop", proofFor({ token })],
      ["dpop", proofFor({ token })],
    ]);
    expect([none.status, two.status]).toEqual([401, 401]);
  });

  test("S11: a proof is good once", async () => {
    const token = boundToken();
    const headers = { authorization: `DPoP ${token}`, dpop: proofFor({ token }) };
    expect((await send(headers)).status).toBe(200);
    const again = await send(headers);
    expect(again.status).toBe(401);
    expect(again.headers.get("www-authenticate")).toContain('error="invalid_dpop_proof"');
  });

  test("S11: htu is held to the configured address, whatever Host and X-Forwarded-* say", async () => {
    const token = boundToken();
    const claims = { htu: "https://evil.example/api/tags" };
    const forwarded = {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      forwarded: "host=evil.example;proto=https",
    };
    expect(await refusal({ token, claims, headers: forwarded })).toBe("401 DPoP invalid_dpop_proof");
    expect((await call({ token, headers: forwarded })).status).toBe(200);
    const authorization = `DPoP ${token}`;
    const host = "evil.example";
    const plain = { htu: "http://evil.example/api/tags" };
    expect(await rawStatus({ host, authorization, dpop: proofFor({ token, claims: plain }) })).toBe(401);
    expect(await rawStatus({ host, authorization, dpop: proofFor({ token }) })).toBe(200);
  });

  test("S11: an old proof is answered with a nonce, and one that carries it is good", async () => {
    const token = boundToken();
    const iat = Math.floor(at.clock.now() / 1000) - 3600;
    const response = await call({ token, claims: { iat } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^DPoP error="use_dpop_nonce"/);
    const nonce = response.headers.get("dpop-nonce");
    expect(nonce).toMatch(/^[A-Za-z0-9_-]{40}$/);
    expect((await call({ token, claims: { iat, nonce } })).status).toBe(200);
  });

  test.each(["/attach/v1/agents", "/attach/v1/tokens", "/attach/v1/grants", "/attach/v1/audit"])(
    "S03: %s asks for the proof as well",
    async (path) => {
      const token = at.userToken({ cnf: { jkt: thumbprint(KEY) }, sub: "auditor" });
      const ask = async (headers: Record<string, string>) =>
        (await fetch(`${at.url}${path}`, { headers })).status;
      const dpop = proofFor({ token, claims: { htu: `${at.url}${path}` } });
      expect(await ask({ authorization: `Bearer ${token}` })).toBe(401);
      expect(await ask({ authorization: `Bearer ${token}`, dpop })).toBe(401);
      expect(await ask({ authorization: `DPoP ${token}` })).toBe(401);
      expect(await ask({ authorization: `DPoP ${token}`, dpop })).toBe(200);
    },
  );

  test("a request without a token is offered both schemes", async () => {
    const response = await send({});
    expect(response.headers.get("www-authenticate")).toMatch(
      /^Bearer resource_metadata=".+", DPoP algs=".+", resource_metadata=".+"$/,
    );
  });

  test("a page may read the challenge and the nonce (S19)", async () => {
    const response = await call({ token: boundToken(), headers: { origin: "https://app.example" } });
    const exposed = response.headers.get("access-control-expose-headers");
    expect(exposed).toContain("DPoP-Nonce");
    expect(exposed).toContain("WWW-Authenticate");
  });
});
