import { request } from "node:http";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { afterEach, expect, test } from "vitest";
import { DEV_CLIENT_ID, type DevIssuer, type DevIssuerOptions, logIn, startDevIssuer } from "./index.ts";

const GATEWAY = "http://localhost:8080";
const running: DevIssuer[] = [];

async function start(options?: DevIssuerOptions): Promise<DevIssuer> {
  const issuer = await startDevIssuer(options);
  running.push(issuer);
  return issuer;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((issuer) => issuer.close()));
});

const jwks = (issuer: DevIssuer) =>
  createRemoteJWKSet(new URL(`${issuer.issuer}/jwks`), { cooldownDuration: 0 });

test.for(["0.0.0.0", "::", "192.168.1.10", "example.com", "127.0.0.1.example.com", ""])(
  "S23: refuses to listen on %j",
  async (host) => {
    await expect(startDevIssuer({ host })).rejects.toThrow(/loopback/);
  },
);

test("S23: refuses a request that names another host, so that DNS rebinding reads nothing", async () => {
  const { port } = await start();
  const status = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ port, host: "127.0.0.1", path: "/jwks", headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
  expect(await status(`evil.example:${port}`)).toBe(421);
  expect(await status(`127.0.0.1:${port}`)).toBe(200);
});

test("is discovered by a client library that we did not write", async () => {
  const { issuer } = await start();
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, {
    algorithm: "oidc",
    [oauth.allowInsecureRequests]: true,
  });
  const server = await oauth.processDiscoveryResponse(url, response);
  expect(server).toMatchObject({
    issuer,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
  });
  expect(server.grant_types_supported).toContain("urn:ietf:params:oauth:grant-type:device_code");
});

test("signs in Alice and Bob with access tokens for the gateway that its published keys verify", async () => {
  const issuer = await start({ audience: GATEWAY });
  for (const user of ["alice", "bob"]) {
    const { accessToken, idToken } = await logIn({ issuer: issuer.issuer, user });
    const access = await jwtVerify(accessToken, jwks(issuer), {
      issuer: issuer.issuer,
      audience: GATEWAY,
      typ: "at+jwt",
    });
    expect(access.payload).toMatchObject({ sub: user, client_id: DEV_CLIENT_ID, jti: expect.any(String) });
    expect(access.payload.aud).toBe(GATEWAY);
    const id = await jwtVerify(idToken, jwks(issuer), { issuer: issuer.issuer, audience: DEV_CLIENT_ID });
    expect(id.payload).toMatchObject({ sub: user, email: `${user}@example.com`, nonce: expect.any(String) });
    expect(id.payload["name"]).toMatch(/Example/);
  }
});

test.for(["ES256", "PS256", "EdDSA"] as const)("signs with %s when asked to", async (algorithm) => {
  const issuer = await start({ algorithm });
  const { accessToken } = await logIn({ issuer: issuer.issuer, user: "alice" });
  expect((await jwtVerify(accessToken, jwks(issuer))).protectedHeader.alg).toBe(algorithm);
});

test("publishes no private key material", async () => {
  const { issuer } = await start();
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: Record<string, unknown>[] };
  expect(keys).toHaveLength(1);
  for (const member of ["d", "p", "q", "dp", "dq", "qi", "k"]) expect(keys[0]).not.toHaveProperty(member);
});

test("gives a token for another resource only where it was told of it (RFC 8707)", async () => {
  const { issuer } = await start({ audience: GATEWAY, audiences: ["https://mcp.example/notes"] });
  const { accessToken } = await logIn({ issuer, user: "alice", audience: "https://mcp.example/notes" });
  expect(decode(accessToken)["aud"]).toBe("https://mcp.example/notes");
  await expect(logIn({ issuer, user: "alice", audience: "https://else.example" })).rejects.toThrow(
    /invalid_target/,
  );
});

test("takes a new default audience while it runs", async () => {
  const issuer = await start({ audience: GATEWAY });
  issuer.setAudience("http://localhost:9999");
  const { accessToken } = await logIn({ issuer: issuer.issuer, user: "alice" });
  expect(decode(accessToken)["aud"]).toBe("http://localhost:9999");
});

test("names the gateway's scopes in a token only when they were asked for", async () => {
  const { issuer } = await start();
  const plain = await logIn({ issuer, user: "alice" });
  expect(decode(plain.accessToken)["scope"]).toBeUndefined();
  const narrow = await logIn({ issuer, user: "alice", scope: "openid llm:read memory:read" });
  expect(decode(narrow.accessToken)["scope"]).toBe("llm:read memory:read");
});

test("gives tokens the lifetime and the extra claims it was started with", async () => {
  const { issuer } = await start({ accessTokenSeconds: 7, accessTokenClaims: { sid: "theirs" } });
  const { accessToken, expiresIn } = await logIn({ issuer, user: "alice" });
  const { exp, iat, sid } = decode(accessToken) as { exp: number; iat: number; sid: string };
  expect([exp - iat, expiresIn, sid]).toEqual([7, 7, "theirs"]);
});

test("rotates its key: the new one signs, the old one still verifies, nobody is signed out", async () => {
  const issuer = await start();
  const before = await logIn({ issuer: issuer.issuer, user: "alice" });
  await issuer.rotateKeys();
  const after = await logIn({ issuer: issuer.issuer, user: "alice" });
  expect(decodeProtectedHeader(after.accessToken).kid).not.toBe(
    decodeProtectedHeader(before.accessToken).kid,
  );
  await jwtVerify(before.accessToken, jwks(issuer));
  await jwtVerify(after.accessToken, jwks(issuer));
  expect((await refresh(issuer.issuer, before.refreshToken)).status).toBe(200);
});

test("withdraws a key when told to: its tokens no longer verify", async () => {
  const issuer = await start();
  const { accessToken } = await logIn({ issuer: issuer.issuer, user: "alice" });
  await issuer.rotateKeys({ withdraw: true });
  await expect(jwtVerify(accessToken, jwks(issuer))).rejects.toThrow(/no applicable key/);
});

test("rotates refresh tokens: one is good until its successor is used, and kills the family after that", async () => {
  const { issuer } = await start();
  const { refreshToken: first } = await logIn({ issuer, user: "alice" });
  const lost = await refresh(issuer, first);
  expect(lost.body).toMatchObject({ token_type: "Bearer", refresh_token: expect.any(String) });
  expect(decode(String(lost.body["access_token"]))).toMatchObject({ sub: "alice", aud: GATEWAY });
  expect(lost.body["refresh_token"]).not.toBe(first);
  const again = await refresh(issuer, first);
  expect(again.status, "an answer that was lost may be asked for again").toBe(200);
  const third = await refresh(issuer, String(again.body["refresh_token"]));
  expect(third.status).toBe(200);
  expect((await refresh(issuer, first)).body).toMatchObject({ error: "invalid_grant" });
  expect(
    (await refresh(issuer, String(third.body["refresh_token"]))).body,
    "reuse ends the family",
  ).toMatchObject({
    error: "invalid_grant",
  });
});

test("a copy of a refresh token that was passed by is a reuse, too", async () => {
  const { issuer } = await start();
  const { refreshToken: first } = await logIn({ issuer, user: "alice" });
  const [mine, theirs] = [await refresh(issuer, first), await refresh(issuer, first)];
  expect((await refresh(issuer, String(mine.body["refresh_token"]))).status).toBe(200);
  expect((await refresh(issuer, String(theirs.body["refresh_token"]))).body).toMatchObject({
    error: "invalid_grant",
  });
});

test("two log-ins of one person do not end each other's refresh tokens", async () => {
  const { issuer } = await start();
  const [one, two] = [await logIn({ issuer, user: "alice" }), await logIn({ issuer, user: "alice" })];
  const next = await refresh(issuer, one.refreshToken);
  expect((await refresh(issuer, String(next.body["refresh_token"]))).status).toBe(200);
  expect((await refresh(issuer, two.refreshToken)).status).toBe(200);
});

test("keeps two issuers in one process apart", async () => {
  const [one, two] = await Promise.all([start(), start()]);
  const { accessToken, refreshToken } = await logIn({ issuer: one.issuer, user: "alice" });
  await expect(jwtVerify(accessToken, jwks(two))).rejects.toThrow();
  expect((await refresh(two.issuer, refreshToken)).body).toMatchObject({ error: "invalid_grant" });
});

test("knows a confidential client that it was told of, which acts for itself", async () => {
  const { issuer } = await start({
    clients: [
      {
        client_id: "robot",
        client_secret: "a secret for a test, long enough to be one",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
  });
  const authorization = `Basic ${btoa("robot:a+secret+for+a+test%2C+long+enough+to+be+one")}`;
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  expect(decode(access_token)).toMatchObject({ sub: "robot", client_id: "robot", aud: GATEWAY });
});

test("says that a port is taken", async () => {
  const { port } = await start();
  await expect(startDevIssuer({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

async function refresh(issuer: string, refreshToken: string) {
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      client_id: DEV_CLIENT_ID,
      refresh_token: refreshToken,
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function decode(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
}
