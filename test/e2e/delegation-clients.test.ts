import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AgentServer,
  claimsOf,
  errorOf,
  type RegisteredAgent,
  startAgents,
  statement,
  tokenOf,
} from "../support/agents.ts";
import { makeKey, signature, signToken } from "../support/identity/tokens.ts";

/** T10, S01: registered agents prove themselves, and their records bound what they get. */
let at: AgentServer;
let keyed: RegisteredAgent;
let secret: RegisteredAgent;
beforeAll(async () => {
  at = await startAgents();
  keyed = await at.register("keyed", { auth: "private_key_jwt" });
  secret = await at.register("secret-agent");
});
afterAll(() => at?.close());

const basic = (id: string, password = "") => ({
  authorization: `Basic ${Buffer.from(`${id}:${password}`).toString("base64")}`,
});

describe("S01: a registered agent proves itself", () => {
  test("by its secret in the header or in the form, and the token says how", async () => {
    const form = await at.exchange(secret.credential());
    const header = await at.exchange({ client_id: undefined }, basic("secret-agent", secret.secret));
    expect(claimsOf(form)["agent_auth"]).toBe("client_secret_post");
    expect(claimsOf(header)["agent_auth"]).toBe("client_secret_basic");
  });

  test("by a signed assertion, with or without its id beside it", async () => {
    expect(claimsOf(await at.exchange(keyed.credential()))["agent_auth"]).toBe("private_key_jwt");
    const named = await at.exchange({ ...keyed.credential(), client_id: "keyed" });
    expect(claimsOf(named)["client_id"]).toBe("keyed");
  });

  test("its id without its credential, or with a wrong one, is invalid_client at every endpoint", async () => {
    const attempts = [
      { client_id: "secret-agent" },
      { client_id: "secret-agent", client_secret: "wrong" },
      { client_id: "secret-agent", client_secret: `${secret.secret} ` },
      { client_id: "keyed" },
      { client_id: "keyed", client_secret: secret.secret },
      { ...secret.credential(), client_id: "keyed" },
    ];
    for (const fields of attempts) expect(errorOf(await at.exchange(fields))).toBe("401 invalid_client");
    const token = tokenOf(await at.exchange(secret.credential()));
    const form = new URLSearchParams({ token, client_id: "secret-agent" });
    expect(errorOf(await at.post("/oauth/revoke", form))).toBe("401 invalid_client");
    expect(await at.call(token)).toBe(200);
  });

  test("by one method a request (RFC 6749 §2.3)", async () => {
    const both = await at.exchange(secret.credential(), basic("secret-agent", secret.secret));
    expect(errorOf(both)).toBe("400 invalid_request");
    const mixed = await at.exchange({ ...keyed.credential(), client_secret: "x" });
    expect(errorOf(mixed)).toBe("400 invalid_request");
    const other = await at.exchange({ ...keyed.credential(), client_id: "secret-agent" });
    expect(errorOf(other)).toBe("401 invalid_client");
  });

  test("S21: its secret is nowhere in the database or the log", () => {
    const db = new DatabaseSync(at.database, { readOnly: true });
    const [row] = db.prepare("select * from agents where id = 'secret-agent'").all();
    db.close();
    expect(JSON.stringify(row)).not.toContain(String(secret.secret));
    expect(at.log()).not.toContain(String(secret.secret));
  });
});

describe("private_key_jwt (RFC 7523): attacks", () => {
  const assertion = (text: string) => ({
    ...keyed.credential(),
    client_assertion: text,
  });
  const sign = (claims: object = {}, header: object = {}) => {
    if (keyed.key === undefined) throw new Error("no key");
    return statement(at, "keyed", keyed.key, { claims, header });
  };
  const refused = async (text: string) =>
    expect(errorOf(await at.exchange(assertion(text)))).toBe("401 invalid_client");

  test("an assertion is good once", async () => {
    const once = sign();
    expect((await at.exchange(assertion(once))).status).toBe(200);
    await refused(once);
  });

  test("an assertion is for our issuer alone: not for the token endpoint, not for others beside", async () => {
    await refused(sign({ aud: `${at.url}/oauth/token` }));
    await refused(sign({ aud: `${at.url}/` }));
    await refused(sign({ aud: [at.url, "https://other.example"] }));
    await refused(sign({ aud: undefined }));
    expect((await at.exchange(assertion(sign({ aud: [at.url] })))).status).toBe(200);
  });

  test("an assertion is about its signer: iss and sub are the client's id", async () => {
    await refused(sign({ sub: "secret-agent" }));
    await refused(sign({ iss: "secret-agent" }));
    await refused(sign({ sub: undefined }));
  });

  test("an assertion lives five minutes at most, is not of the future, and has a jti", async () => {
    const now = Math.floor(at.clock.now() / 1000);
    await refused(sign({ exp: now + 3600 }));
    await refused(sign({ iat: now - 600, exp: now + 60 }));
    await refused(sign({ exp: now - 60 }));
    await refused(sign({ exp: undefined }));
    await refused(sign({ iat: now + 120 }));
    await refused(sign({ nbf: now + 120 }));
    await refused(sign({ jti: undefined }));
    await refused(sign({ jti: "a b" }));
  });

  test("none, HS256 with the public key, another key, an embedded key and foreign types open nothing", async () => {
    const text = sign();
    const [, payload = ""] = text.split(".");
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    await refused(`${part({ alg: "none" })}.${payload}.`);
    await refused(`${part({ alg: "None" })}.${payload}.AAAA`);
    await refused(`${part({ alg: "HS256", kid: keyed.key?.kid })}.${payload}.${"A".repeat(43)}`);
    const mine = makeKey(String(keyed.key?.kid), "ES256");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    await refused(signToken(mine, { ...claims, jti: "k1" }));
    await refused(signToken(mine, { ...claims, jti: "k2" }, { jwk: mine.jwk }));
    await refused(signToken(mine, { ...claims, jti: "k3" }, { kid: undefined, jku: "https://evil.example" }));
    await refused(sign({}, { kid: "../../etc/passwd" }));
    await refused(sign({}, { kid: "' or 1=1 --" }));
    await refused(sign({}, { typ: "dpop+jwt" }));
    await refused(sign({}, { typ: "at+jwt" }));
    await refused(sign({}, { crit: ["x"], x: 1 }));
  });

  test("duplicate members, respelt signatures and JSON serialization are not read", async () => {
    const [head = "", payload = "", sig = ""] = sign().split(".");
    await refused(`${head}.${payload}.${sig}=`);
    await refused(JSON.stringify({ protected: head, payload, signature: sig }));
    const doubled = Buffer.from(
      Buffer.from(payload, "base64url").toString().replace("{", '{"sub":"root",'),
    ).toString("base64url");
    const input = `${head}.${doubled}`;
    if (keyed.key === undefined) throw new Error("no key");
    await refused(`${input}.${signature(keyed.key, input).toString("base64url")}`);
    await refused("x");
  });

  test("a used jti of one client is another client's to use", async () => {
    const other = await at.register("keyed-2", { auth: "private_key_jwt" });
    const claims = { jti: "the-same" };
    expect((await at.exchange(keyed.credential({ claims }))).status).toBe(200);
    expect((await at.exchange(other.credential({ claims }))).status).toBe(200);
  });
});

describe("T10: the record bounds what the agent gets", () => {
  test("scopes stay within its ceiling, refused or narrowed as configured", async () => {
    const narrow = await at.register("narrow", { scopes: ["llm:read"] });
    expect(claimsOf(await at.exchange(narrow.credential())).scope).toBe("llm:read");
    const more = { ...narrow.credential(), scope: "llm:read memory:read" };
    expect(errorOf(await at.exchange(more))).toBe("400 invalid_scope");
    const lenient = await startAgents({ SCOPE_MODE: "lenient" });
    const same = await lenient.register("narrow", { scopes: ["llm:read"] });
    const answer = await lenient.exchange({ ...same.credential(), scope: "llm:read memory:read" });
    expect(answer.body["scope"]).toBe("llm:read");
    await lenient.close();
  });

  test("a ceiling is no grant: the user's own scopes still bound it", async () => {
    const wide = await at.register("wide", { scopes: ["llm:read", "llm:admin", "memory:read"] });
    const subject_token = at.userToken({ scope: "memory:read" });
    expect(claimsOf(await at.exchange({ ...wide.credential(), subject_token })).scope).toBe("memory:read");
  });

  test("tokens live no longer than its ttl", async () => {
    const brief = await at.register("brief", { ttl: 45 });
    expect((await at.exchange(brief.credential())).body["expires_in"]).toBe(45);
    expect((await at.exchange({ ...brief.credential(), ttl: "600" })).body["expires_in"]).toBe(45);
  });

  test("suspended, it gets nothing, and only who holds its credential learns why", async () => {
    const paused = await at.register("paused");
    await at.patch("paused", { status: "suspended" });
    const known = await at.exchange(paused.credential());
    const guess = await at.exchange({ client_id: "paused", client_secret: "guess" });
    expect([errorOf(known), errorOf(guess)]).toEqual(["401 invalid_client", "401 invalid_client"]);
    expect(String(known.body["error_description"])).toContain("suspended");
    expect(String(guess.body["error_description"])).not.toContain("suspended");
    await at.patch("paused", { status: "active" });
    at.clock.advance(1000);
    expect((await at.exchange(paused.credential())).status).toBe(200);
  });
});

describe("a user's grant to an agent only narrows", () => {
  const grant = (body: object) => at.manage("POST", "/attach/v1/grants", body, "alice");
  const asked = (scope?: string) => at.exchange({ client_id: "granted", scope });

  test("it bounds the agent for this user and nobody else, until it is taken back: then nothing is left", async () => {
    expect(claimsOf(await asked()).scope.split(" ").length).toBeGreaterThan(1);
    const made = await grant({ agent: "granted", scopes: ["memory:read"] });
    expect(made.status).toBe(201);
    expect(claimsOf(await asked()).scope).toBe("memory:read");
    expect(errorOf(await asked("llm:read"))).toBe("400 invalid_scope");
    const bob = await at.exchange({ client_id: "granted", subject_token: at.userToken({ sub: "bob" }) });
    expect(claimsOf(bob).scope).toContain("llm:read");
    const removed = await at.manage("DELETE", `/attach/v1/grants/${made.body["id"]}`, undefined, "alice");
    expect(removed.status).toBe(204);
    expect(errorOf(await asked())).toBe("400 invalid_request");
    await grant({ agent: "granted", scopes: ["llm:read"] });
    expect(claimsOf(await asked()).scope).toBe("llm:read");
  });

  test("one that has expired does not widen either", async () => {
    expect((await grant({ agent: "for-a-minute", scopes: ["llm:read"], expiresIn: 60 })).status).toBe(201);
    expect(claimsOf(await at.exchange({ client_id: "for-a-minute" })).scope).toBe("llm:read");
    at.clock.advance(61_000);
    expect(errorOf(await at.exchange({ client_id: "for-a-minute" }))).toBe("400 invalid_request");
  });
});
