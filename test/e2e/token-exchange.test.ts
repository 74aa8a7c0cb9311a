import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCESS_TOKEN, type Answer, type AuthorityServer, startAuthority } from "../support/authority.ts";
import { signToken } from "../support/identity/tokens.ts";

/** POST /oauth/token on a running authority: real store, real signatures, an issuer over HTTP. */
const JWT = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
let at: AuthorityServer;
beforeAll(async () => {
  at = await startAuthority();
});
afterAll(() => at.close());

const claimsOf = (answer: Answer) => decodeJwt(String(answer.body["access_token"]));
function refusedAs(answer: Answer, error: string, status = 400): void {
  expect({ error: answer.body["error"], status: answer.status }).toEqual({ error, status });
  expect(answer.body["access_token"]).toBeUndefined();
  expect(answer.body["error_description"]).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(answer.headers.get("cache-control")).toBe("no-store");
}

describe("T02: a user's token for an agent's own", () => {
  test("answers as RFC 8693 §2.2.1 says, and nothing keeps the answer", async () => {
    const answer = await at.exchange({ scope: "llm:read memory:write" });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      issued_token_type: ACCESS_TOKEN,
      token_type: "Bearer",
      expires_in: 300,
      scope: "llm:read memory:write",
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.headers.get("x-request-id")).toBeTruthy();
  });

  test("issues the claims of the contract, signed by a published key, and no others", async () => {
    const answer = await at.exchange({ scope: "llm:read" });
    const token = String(answer.body["access_token"]);
    const keys = createRemoteJWKSet(new URL(`${at.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys, {
      issuer: at.url,
      audience: at.url,
      typ: "at+jwt",
      algorithms: ["ES256"],
      currentDate: new Date(at.clock.now()),
    });
    const iat = Math.floor(at.clock.now() / 1000);
    expect(payload).toEqual({
      iss: at.url,
      sub: "alice",
      sub_id: { format: "iss_sub", iss: at.issuer.issuer, sub: "alice" },
      aud: at.url,
      client_id: "research-agent",
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat,
      exp: iat + 300,
      scope: "llm:read",
      act: { sub: "research-agent", iss: at.url },
      agent_auth: "none",
      sid: expect.stringMatching(/^[0-9a-f]{64}$/),
      dlg: expect.stringMatching(/^[0-9a-f-]{36}$/),
      root: payload["dlg"],
      anc: [],
    });
    expect(Object.keys(decodeProtectedHeader(token)).sort()).toEqual(["alg", "kid", "typ"]);
    expect(await at.call(token)).toBe(200);
  });

  test("T12: leaves one row a token beside its audit row, and the token's text nowhere on the disk", async () => {
    const token = String((await at.exchange({ scope: "llm:read" })).body["access_token"]);
    const { jti, dlg } = decodeJwt(token);
    const db = new DatabaseSync(at.database, { readOnly: true });
    const rows = (query: string) =>
      db
        .prepare(query)
        .all(String(jti))
        .map((row) => ({ ...row }));
    expect(rows("select dlg, agent, owner_iss, owner_sub from tokens where jti = ?")).toEqual([
      { dlg, agent: "research-agent", owner_iss: at.issuer.issuer, owner_sub: "alice" },
    ]);
    expect(rows("select action, decision from audit_events where jti = ?")).toEqual([
      { action: "token.issue", decision: "allow" },
    ]);
    db.close();
    const bytes = Buffer.concat([at.database, `${at.database}-wal`].map((file) => readFileSync(file)));
    expect(bytes.includes(String(jti))).toBe(true);
    for (const part of token.split(".").slice(1)) expect(bytes.includes(part)).toBe(false);
    expect(at.log()).not.toContain(token.split(".")[2]);
  });

  test("agents of one user from one program share a session, of another program they do not", async () => {
    const sid = async (fields: object, agent: string) =>
      claimsOf(await at.exchange({ scope: "llm:read", ...fields }, { "user-agent": agent }))["sid"];
    const first = await sid({}, "a/1");
    expect(await sid({ client_id: "coder" }, "a/1")).toBe(first);
    expect(await sid({}, "b/1")).not.toBe(first);
    expect(await sid({ subject_token: at.userToken({ sub: "bob" }) }, "a/1")).not.toBe(first);
  });

  test("answers in the type that was asked for, where it is one of ours", async () => {
    const answer = await at.exchange({ requested_token_type: JWT });
    expect(answer.body["issued_token_type"]).toBe(JWT);
    const refresh = "urn:ietf:params:oauth:token-type:refresh_token";
    refusedAs(await at.exchange({ requested_token_type: refresh }), "invalid_request");
  });
});

describe("the subject", () => {
  test.each([
    ["expired", () => at.userToken({ exp: at.clock.now() / 1000 - 60 })],
    ["for another audience", () => at.userToken({ aud: "https://elsewhere.test" })],
    ["of an unknown issuer", () => at.userToken({ iss: "https://evil.test" })],
    ["with a broken signature", () => `${at.userToken().slice(0, -8)}AAAAAAAA`],
    ["that is no token", () => "not-a-token"],
    ["that is an ID token", () => at.userToken({ nonce: "n" })],
    ["S09: whose sub could not be a header", () => at.userToken({ sub: "al\r\nice" })],
  ])("%s is invalid_request, as RFC 8693 §2.2.2 says", async (_name, token) => {
    refusedAs(await at.exchange({ subject_token: token() }), "invalid_request");
  });

  test("S06: an ID token is no subject where its issuer does not accept them", async () => {
    const idToken = at.userToken({ aud: "web-app", nonce: "n" });
    for (const type of [ID_TOKEN, ACCESS_TOKEN, JWT]) {
      refusedAs(await at.exchange({ subject_token: idToken, subject_token_type: type }), "invalid_request");
    }
  });

  test("S06: an ID token is a subject as an ID token only, and only when it is for our client", async () => {
    const other = await startAuthority({ acceptIdTokens: true });
    const idToken = (aud: string) => other.userToken({ aud, nonce: "n" });
    const ask = (aud: string, type: string) =>
      other.exchange({ subject_token: idToken(aud), subject_token_type: type, scope: "llm:read" });
    expect((await ask("web-app", ID_TOKEN)).status).toBe(200);
    refusedAs(await ask("web-app", ACCESS_TOKEN), "invalid_request");
    refusedAs(await ask("another-app", ID_TOKEN), "invalid_request");
    await other.close();
  });

  test("an agent's token renews nothing by itself", async () => {
    const token = String((await at.exchange()).body["access_token"]);
    refusedAs(await at.exchange({ subject_token: token }), "invalid_request");
    refusedAs(await at.exchange({ subject_token: token, subject_token_type: JWT }), "invalid_request");
    const delegation = String(decodeJwt(token)["dlg"]);
    refusedAs(await at.exchange({ subject_token: token, delegation }), "invalid_request");
  });

  test("S04: an issuer's token that carries our private claims gains nothing by them", async () => {
    const dressed = {
      act: { sub: "boss", iss: at.url },
      dlg: "d",
      root: "d",
      anc: [],
      sid: "s",
      agent_auth: "private_key_jwt",
      sub_id: { format: "iss_sub", iss: "https://evil.test", sub: "root" },
    };
    const subject = at.userToken(dressed, { typ: "at+jwt" });
    const claims = claimsOf(await at.exchange({ subject_token: subject }));
    expect(claims["sub_id"]).toEqual({ format: "iss_sub", iss: at.issuer.issuer, sub: "alice" });
    expect(claims["act"]).toEqual({ sub: "research-agent", iss: at.url });
    expect(claims["agent_auth"]).toBe("none");
    expect(claims["sid"]).not.toBe("s");
  });

  test("a token in our name by another's key is refused", async () => {
    const iat = Math.floor(at.clock.now() / 1000);
    const forged = signToken(at.key, { iss: at.url, sub: "alice", aud: at.url, iat, exp: iat + 60 });
    refusedAs(await at.exchange({ subject_token: forged }), "invalid_request");
  });

  test("an issuer that cannot be reached is 503 and worth another try", async () => {
    const other = await startAuthority();
    other.issuer.isDown = true;
    const answer = await other.exchange();
    refusedAs(answer, "temporarily_unavailable", 503);
    expect(answer.headers.get("retry-after")).toBeTruthy();
    await other.close();
  });
});

describe("scopes", () => {
  test("S01: an ask for nothing gives all that is the user's, less what an agent gets by name only", async () => {
    const answer = await at.exchange();
    const granted = String(answer.body["scope"]).split(" ").sort();
    expect(granted).toEqual(["a2a:read", "a2a:send", "llm:read", "memory:read", "memory:write"]);
    const named = await at.exchange({ scope: "engine:any" });
    expect(named.body["scope"]).toBe("engine:any");
  });

  test("strict: an over-ask is refused, and what was too much is named", async () => {
    const answer = await at.exchange({ scope: "llm:read llm:admin admin" });
    refusedAs(answer, "invalid_scope");
    expect(answer.body["error_description"]).toContain("llm:admin admin");
  });

  test("S05: a user's token that names our scopes is held to them", async () => {
    const subject_token = at.userToken({ scope: "openid llm:read admin" });
    expect((await at.exchange({ subject_token })).body["scope"]).toBe("llm:read");
    refusedAs(await at.exchange({ subject_token, scope: "memory:read" }), "invalid_scope");
    refusedAs(await at.exchange({ subject_token, scope: "admin" }), "invalid_scope");
  });

  test("lenient: an over-ask is narrowed and the answer says to what; nothing left is refused", async () => {
    const other = await startAuthority({ env: { SCOPE_MODE: "lenient" } });
    const answer = await other.exchange({ scope: "llm:read llm:admin" });
    expect(answer.body["scope"]).toBe("llm:read");
    expect(claimsOf(answer)["scope"]).toBe("llm:read");
    refusedAs(await other.exchange({ scope: "llm:admin" }), "invalid_scope");
    await other.close();
  });

  test("a malformed list is invalid_scope", async () => {
    for (const scope of ["a\tb", 'a"b', "llm:read  memory:read", "é", "x".repeat(3000)]) {
      refusedAs(await at.exchange({ scope }), "invalid_scope");
    }
  });
});

describe("lifetime and target", () => {
  test("lives as long as asked for, within 30 s and an hour", async () => {
    expect((await at.exchange({ ttl: "30" })).body["expires_in"]).toBe(30);
    expect((await at.exchange({ ttl: "3600" })).body["expires_in"]).toBe(3600);
    for (const ttl of ["29", "3601", "0", "-5", "60.5", "1e3", "0x40", "forever", " 60"]) {
      refusedAs(await at.exchange({ ttl }), "invalid_request");
    }
  });

  test("never outlives the user's own token", async () => {
    const exp = Math.floor(at.clock.now() / 1000) + 45;
    const answer = await at.exchange({ subject_token: at.userToken({ exp }), ttl: "600" });
    expect(answer.body["expires_in"]).toBe(45);
    expect(claimsOf(answer).exp).toBe(exp);
  });

  test("makes nothing of a user's token that ended within the skew", async () => {
    const exp = Math.floor(at.clock.now() / 1000) - 10;
    refusedAs(await at.exchange({ subject_token: at.userToken({ exp }) }), "invalid_request");
  });

  test("is for this gateway, whatever way it is named", async () => {
    for (const target of [{ resource: at.url }, { resource: `${at.url}/` }, { audience: at.url }]) {
      expect(claimsOf(await at.exchange(target)).aud).toBe(at.url);
    }
    const twice = await at.exchange({ resource: [at.url, at.url], audience: at.url });
    expect(claimsOf(twice).aud).toBe(at.url);
  });

  test.each([["https://elsewhere.test"], ["/relative"], ["not a url"], ["FRAGMENT"], ["PATH"], ["USER"]])(
    "any other target is invalid_target: %s",
    async (target) => {
      const special: Record<string, string> = {
        FRAGMENT: `${at.url}/#x`,
        PATH: `${at.url}/mcp/x`,
        USER: at.url.replace("//", "//evil@"),
      };
      refusedAs(await at.exchange({ resource: special[target] ?? target }), "invalid_target");
      refusedAs(await at.exchange({ audience: special[target] ?? target }), "invalid_target");
      refusedAs(await at.exchange({ resource: [at.url, special[target] ?? target] }), "invalid_target");
    },
  );
});
