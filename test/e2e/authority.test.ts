import { DatabaseSync } from "node:sqlite";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  type AuthorityServer,
  EXCHANGE,
  type Fields,
  startAuthority,
} from "../support/authority.ts";
import { signToken } from "../support/identity/tokens.ts";

/** The authority's edges on a running gateway: clients, forms, renewal, revocation, records, documents. */
let at: AuthorityServer;
beforeAll(async () => {
  at = await startAuthority();
});
afterAll(() => at.close());

function refusedAs(answer: Answer, error: string, status = 400): void {
  expect({ error: answer.body["error"], status: answer.status }).toEqual({ error, status });
  expect(answer.headers.get("cache-control")).toBe("no-store");
}
const issue = async (fields: Fields = {}) => {
  const answer = await at.exchange(fields);
  expect(answer.body).toHaveProperty("access_token");
  return String(answer.body["access_token"]);
};
const revoke = (token: string, client_id = "research-agent") =>
  at.post("/oauth/revoke", new URLSearchParams({ token, client_id }));
const rows = (query: string, ...values: string[]) => {
  const db = new DatabaseSync(at.database, { readOnly: true });
  const found = db.prepare(query).all(...values);
  db.close();
  return found.map((row) => ({ ...row }));
};

describe("clients", () => {
  const basic = (id: string, secret = "") => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
  });

  test("an unregistered agent is who it says, in the form or by Basic without a secret", async () => {
    const claims = decodeJwt(await issue({ client_id: "coder" }));
    expect([claims["client_id"], claims["agent_auth"]]).toEqual(["coder", "none"]);
    const answer = await at.exchange({ client_id: undefined }, basic("my%20agent%21".replace("%20", "-")));
    expect(decodeJwt(String(answer.body["access_token"]))["client_id"]).toBe("my-agent!");
  });

  test("S01: a credential that cannot be verified is refused, never passed over", async () => {
    const attempts = [
      await at.exchange({ client_secret: "hunter2" }),
      await at.exchange({ client_assertion: "x", client_assertion_type: "y" }),
      await at.exchange({}, basic("research-agent", "hunter2")),
      await at.exchange({}, { authorization: "Bearer x" }),
      await at.exchange({}, { authorization: "Basic ?" }),
      await at.exchange({}, basic("another-agent")),
    ];
    for (const answer of attempts) {
      refusedAs(answer, "invalid_client", 401);
      expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm=".+", resource_metadata="http/);
    }
  });

  test("S09: an id that could not be a header is invalid_client", async () => {
    for (const client_id of ["a b", "a\r\nX: y", "ägent", "x".repeat(256), "\0"]) {
      refusedAs(await at.exchange({ client_id }), "invalid_client", 401);
    }
    refusedAs(await at.exchange({ client_id: undefined }), "invalid_request");
  });

  test("S01: where only registered agents may act, an unregistered one may not, at either endpoint", async () => {
    const other = await startAuthority({ env: { AGENT_REGISTRATION: "registered" } });
    refusedAs(await other.exchange(), "invalid_client", 401);
    const form = new URLSearchParams({ token: "x", client_id: "research-agent" });
    refusedAs(await other.post("/oauth/revoke", form), "invalid_client", 401);
    await other.close();
  });
});

describe("forms", () => {
  test("a field sent twice is refused; an empty one is as if it had not been sent", async () => {
    refusedAs(await at.exchange({ scope: ["llm:read", "memory:read"] }), "invalid_request");
    refusedAs(await at.exchange({ client_id: ["a", "a"] }), "invalid_request");
    const answer = await at.exchange({ scope: "", audience: "", ttl: "", actor_token: "", unknown: "x" });
    expect(answer.status).toBe(200);
    refusedAs(await at.exchange({ subject_token: "" }), "invalid_request");
  });

  test("what is not a well-formed form is refused", async () => {
    for (const body of ["a=%zz", "a=%ff", Array.from({ length: 80 }, (_, i) => `a${i}=1`).join("&"), ""]) {
      refusedAs(await at.post("/oauth/token", body), "invalid_request");
    }
    refusedAs(await at.post("/oauth/token", "{}", { "content-type": "application/json" }), "invalid_request");
    refusedAs(await at.post("/oauth/token", "x=".padEnd(70_000, "x")), "invalid_request", 413);
  });

  test("grants and parameters that are not offered are refused by name, never passed over", async () => {
    refusedAs(await at.exchange({ grant_type: "password" }), "unsupported_grant_type");
    refusedAs(await at.exchange({ grant_type: undefined }), "invalid_request");
    refusedAs(await at.exchange({ subject_token_type: undefined }), "invalid_request");
    refusedAs(await at.exchange({ subject_token_type: "urn:x" }), "invalid_request");
    const answer = await at.exchange({ authorization_details: "[]" });
    refusedAs(answer, "invalid_request");
    expect(answer.body["error_description"]).toContain("authorization_details");
  });

  test("only POST is answered", async () => {
    for (const path of ["/oauth/token", "/oauth/revoke"]) {
      const response = await fetch(`${at.url}${path}`);
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
      await response.body?.cancel();
    }
  });
});

describe("renewal within a delegation", () => {
  test("a fresh token of the same user keeps the delegation, its root, its session and its depth", async () => {
    const first = decodeJwt(await issue({ scope: "llm:read memory:write engine:any" }));
    const again = await at.exchange({ delegation: String(first["dlg"]) }, { "user-agent": "another/2" });
    const second = decodeJwt(String(again.body["access_token"]));
    const kept = ({ dlg, root, sid, act, anc, sub_id }: typeof first) => ({
      dlg,
      root,
      sid,
      act,
      anc,
      sub_id,
    });
    expect(kept(second)).toEqual(kept(first));
    expect(second.jti).not.toBe(first.jti);
    expect(second["scope"]).toBe("llm:read memory:write engine:any");
  });

  test("never grants more than the delegation began with", async () => {
    const { dlg } = decodeJwt(await issue({ scope: "llm:read" }));
    refusedAs(
      await at.exchange({ delegation: String(dlg), scope: "llm:read memory:write" }),
      "invalid_scope",
    );
    const less = at.userToken({ scope: "memory:read" });
    refusedAs(await at.exchange({ delegation: String(dlg), subject_token: less }), "invalid_scope");
  });

  test("another user, another agent and an unknown delegation are all told the same", async () => {
    const delegation = String(decodeJwt(await issue())["dlg"]);
    const answers = [
      await at.exchange({ delegation, subject_token: at.userToken({ sub: "bob" }) }),
      await at.exchange({ delegation, client_id: "another-agent" }),
      await at.exchange({ delegation: "01920000-0000-7000-8000-000000000001" }),
      await at.exchange({ delegation: "' or 1=1 --" }),
    ];
    for (const answer of answers) refusedAs(answer, "invalid_grant");
    expect(new Set(answers.map(({ body }) => body["error_description"])).size).toBe(1);
  });

  test("ends with SESSION_MAX, and so does every token in it", async () => {
    const other = await startAuthority({ env: { SESSION_MAX: "10m" } });
    const long = other.userToken({ exp: other.clock.now() / 1000 + 86_400 });
    const first = decodeJwt(String((await other.exchange({ subject_token: long })).body["access_token"]));
    const renew = () => other.exchange({ subject_token: long, delegation: String(first["dlg"]), ttl: "300" });
    other.clock.advance(8 * 60_000);
    expect((await renew()).body["expires_in"]).toBe(120);
    other.clock.advance(2 * 60_000);
    refusedAs(await renew(), "invalid_grant");
    await other.close();
  });

  test("a revoked delegation is never renewed", async () => {
    const token = await issue();
    await revoke(token);
    refusedAs(await at.exchange({ delegation: String(decodeJwt(token)["dlg"]) }), "invalid_grant");
  });
});

describe("revocation", () => {
  test("is in force before its answer leaves, for every token of the delegation", async () => {
    const token = await issue();
    const renewed = await issue({ delegation: String(decodeJwt(token)["dlg"]) });
    const beside = await issue();
    for (const each of [token, renewed, beside]) expect(await at.call(each)).toBe(200);
    const answer = await revoke(renewed);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect([await at.call(token), await at.call(renewed), await at.call(beside)]).toEqual([401, 401, 200]);
  });

  test("repeated, it answers the same and leaves one record", async () => {
    const token = await issue();
    const { jti, dlg } = decodeJwt(token);
    for (let time = 0; time < 3; time++) expect((await revoke(token)).status).toBe(200);
    const records = rows("select 1 from audit_events where action = 'token.revoke' and jti = ?", String(jti));
    expect(records).toHaveLength(1);
    expect(rows("select kind from revocations where value = ?", String(dlg))).toEqual([{ kind: "dlg" }]);
  });

  test("S07: a forged token with a live jti and dlg kills nothing", async () => {
    const token = await issue();
    const [head = "", payload = "", signature = ""] = token.split(".");
    const claims = decodeJwt(token);
    const forgeries = [
      `${head}.${payload}.${signature.replace(/^..../, "AAAA")}`,
      `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url")}.${payload}.`,
      signToken(at.key, claims, { typ: "at+jwt" }),
      `${head}.${Buffer.from(JSON.stringify({ ...claims, x: 1 })).toString("base64url")}.${signature}`,
    ];
    for (const forged of forgeries) expect((await revoke(forged)).status).toBe(200);
    expect(await at.call(token)).toBe(200);
    expect(rows("select 1 from revocations where value = ?", String(claims["dlg"]))).toEqual([]);
  });

  test("only the agent that holds the token may revoke it", async () => {
    const token = await issue();
    refusedAs(await revoke(token, "another-agent"), "unauthorized_client");
    expect(await at.call(token)).toBe(200);
  });

  test("what is no token of ours is answered 200, and nothing happens", async () => {
    // What calls leave behind comes a moment after them: those of earlier tests may come now.
    const revocations = "select 1 from audit_events where action like 'token.%'";
    const before = rows(revocations).length;
    for (const token of ["x", at.userToken()]) expect((await revoke(token)).status).toBe(200);
    expect(rows(revocations)).toHaveLength(before);
    refusedAs(await at.post("/oauth/revoke", "client_id=research-agent"), "invalid_request");
  });

  test("an expired token still kills its delegation", async () => {
    const other = await startAuthority();
    const token = String((await other.exchange({ ttl: "30" })).body["access_token"]);
    other.clock.advance(60_000);
    const form = new URLSearchParams({ token, client_id: "research-agent" });
    expect((await other.post("/oauth/revoke", form)).status).toBe(200);
    const delegation = String(decodeJwt(token)["dlg"]);
    refusedAs(await other.exchange({ delegation }), "invalid_grant");
    await other.close();
  });
});

describe("records", () => {
  test("a refusal of a known user is on the record, with its reason and its request", async () => {
    const answer = await at.exchange({ client_id: "greedy-agent", scope: "admin" });
    const found = rows(
      "select action, decision, reason, sub, request_id from audit_events left join event_people using (seq) where chain = ?",
      '["greedy-agent"]',
    );
    expect(found).toEqual([
      {
        action: "token.refuse",
        decision: "deny",
        reason: "scope_exceeded",
        sub: "alice",
        request_id: answer.headers.get("x-request-id"),
      },
    ]);
  });

  test("nobody without a user's token can fill the disk", async () => {
    // What calls leave behind comes a moment after them: those of earlier tests may come now.
    const revocations = "select 1 from audit_events where action like 'token.%'";
    const before = rows(revocations).length;
    for (let time = 0; time < 5; time++) await at.exchange({ subject_token: "junk" });
    await at.post("/oauth/token", "x");
    expect(rows(revocations)).toHaveLength(before);
  });

  test("no record, no token: issuance and revocation fail closed", async () => {
    const other = await startAuthority();
    const token = String((await other.exchange()).body["access_token"]);
    const db = new DatabaseSync(other.database);
    db.exec("alter table audit_events rename to elsewhere");
    refusedAs(await other.exchange(), "server_error", 503);
    const form = new URLSearchParams({ token, client_id: "research-agent" });
    refusedAs(await other.post("/oauth/revoke", form), "server_error", 503);
    expect(db.prepare("select count(*) as n from tokens").get()).toEqual({ n: 1 });
    db.exec("alter table elsewhere rename to audit_events");
    db.close();
    expect((await other.exchange()).status).toBe(200);
    await other.close();
  });

  test("no token and no user's secret is ever in the log", async () => {
    const token = await issue();
    await revoke(token);
    await at.exchange({ client_secret: "hunter2-hunter2" });
    for (const secret of [token, at.userToken(), "hunter2-hunter2"]) {
      expect(at.log()).not.toContain(secret.split(".").at(-1));
    }
  });
});

describe("documents", () => {
  const get = async (path: string) => {
    const response = await fetch(`${at.url}${path}`);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  test("RFC 8414: says what works, and where, under both names", async () => {
    const { body, headers } = await get("/.well-known/oauth-authorization-server");
    expect(body).toMatchObject({
      issuer: at.url,
      token_endpoint: `${at.url}/oauth/token`,
      revocation_endpoint: `${at.url}/oauth/revoke`,
      jwks_uri: `${at.url}/.well-known/jwks.json`,
      grant_types_supported: [EXCHANGE, "client_credentials"],
      token_endpoint_auth_methods_supported: [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
      ],
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(["ES256", "RS256"]),
      dpop_signing_alg_values_supported: expect.arrayContaining(["ES256"]),
    });
    expect(headers.get("cache-control")).toMatch(/^public, max-age=\d+$/);
    expect((await get("/.well-known/openid-configuration")).body).toEqual(body);
  });

  test("RFC 9728: the resource is the identity that was fetched; a path that names none is 404", async () => {
    const { body } = await get("/.well-known/oauth-protected-resource");
    expect(body).toMatchObject({ resource: at.url, authorization_servers: [at.url] });
    expect((await get("/.well-known/oauth-protected-resource/api/chat")).status).toBe(404);
  });

  test("S13: publishes public keys only, and the database holds the private one sealed", async () => {
    const { body, headers } = await get("/.well-known/jwks.json");
    const { keys } = body as { keys: readonly Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    expect(headers.get("cache-control")).toMatch(/^public, max-age=\d+$/);
    const [row] = rows("select * from signing_keys");
    expect(JSON.stringify(row)).not.toMatch(/PRIVATE KEY|"d\\?":/);
    expect(row).toMatchObject({ kid: keys[0]?.["kid"], sealed_private_key: expect.stringMatching(/^v1\./) });
  });
});
