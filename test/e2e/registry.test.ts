import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKey } from "../support/identity/tokens.ts";
import { type Management, startManagement } from "../support/management.ts";

let at: Management;
beforeAll(async () => {
  at = await startManagement();
});
afterAll(() => at?.close());

describe("the registry of agents", () => {
  test("T10: keeps what CONTRACT §3 says of an agent, for whoever registered it", async () => {
    const sent = {
      id: "writer",
      name: "Writer",
      scopes: ["llm:read"],
      audiences: ["https://files.test/api"],
      ttl: 60,
      depth: 2,
      mayDelegateTo: ["coder"],
      endpoint: { url: "https://writer.test/rpc", protocol: "a2a", resource: "https://writer.test/" },
    };
    const made = await at.ask("POST", "/attach/v1/agents", { as: "alice", body: sent });
    expect(made.status).toBe(201);
    const { secret, ...record } = made.body;
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(record).toMatchObject({
      ...sent,
      owner: { iss: at.issuer, sub: "alice" },
      auth: "client_secret_basic",
      status: "active",
      introspect: false,
    });
    const read = await at.ask("GET", "/attach/v1/agents/writer", { as: "alice" });
    expect(read.body).toEqual(record);
    expect(at.storedText()).not.toContain(secret);
  });

  test("T10: shows a secret once, and a new one when it is rotated; the old one ends", async () => {
    const { secret } = (await at.register("rotating")).body;
    const patch = { as: "alice", body: { rotateSecret: true } } as const;
    const rotated = await at.ask("PATCH", "/attach/v1/agents/rotating", patch);
    expect(rotated.body["secret"]).toMatch(/^[\w-]{43}$/);
    expect(rotated.body["secret"]).not.toBe(secret);
    const exchange = (client_secret: unknown) =>
      at.exchange({ client_id: "rotating", client_secret: String(client_secret) });
    expect((await exchange(secret)).status).toBe(401);
    expect((await exchange(rotated.body["secret"])).status).toBe(200);
  });

  test("takes public keys only, and keeps no more of them than says which key it is", async () => {
    const { privateKey, jwk } = makeKey("k1");
    const post = (key: object, id: string) =>
      at.ask("POST", "/attach/v1/agents", { as: "alice", body: { id, jwks: { keys: [key] } } });
    const made = await post({ ...jwk, x5u: "https://evil.test", d2: 1 }, "keyed");
    expect(made.body).toMatchObject({ auth: "private_key_jwt", jwks: { keys: [{ kid: "k1", kty: "EC" }] } });
    expect(JSON.stringify(made.body)).not.toContain("x5u");
    expect(made.body["secret"]).toBeUndefined();
    for (const bad of [
      privateKey.export({ format: "jwk" }),
      { kty: "oct", k: "AAAA" },
      { ...jwk, y: jwk.x },
      { ...jwk, use: "enc" },
      { ...jwk, alg: "HS256" },
      makeKey("k", "RS256", 1024).jwk,
    ]) {
      expect((await post(bad, "never")).status).toBe(400);
    }
  });

  test.each([
    [{ id: "has space" }],
    [{ id: "a/b" }],
    [{ id: "" }],
    [{ id: 7 }],
    [{ color: "red" }],
    [{ ttl: 10 }],
    [{ ttl: "60" }],
    [{ depth: 9 }],
    [{ scopes: ["llm:read", "llm:read"] }],
    [{ scopes: ["no:such"] }],
    [{ scopes: ["llm:read memory:read"] }],
    [{ audiences: ["not a url"] }],
    [{ audiences: ["https://a.test/#x"] }],
    [{ endpoint: { url: "ftp://a.test", protocol: "http", resource: "https://a.test" } }],
    [{ endpoint: { url: "https://a.test", protocol: "smtp", resource: "https://a.test" } }],
    [{ auth: "none" }],
    [{ auth: "private_key_jwt" }],
    [{ auth: "client_secret_basic", jwks: { keys: [{}] } }],
    [{ jwks: { keys: [] } }],
    [{ secret: "mine" }],
    [{ createdAt: 1 }],
  ])("S01: refuses %j", async (body) => {
    const answer = await at.ask("POST", "/attach/v1/agents", { as: "alice", body });
    expect(answer.status).toBe(400);
    expect(answer.body["code"]).toBe("bad_request");
  });

  test("an id is taken once", async () => {
    await at.register("mine");
    const again = await at.ask("POST", "/attach/v1/agents", { as: "bob", body: { id: "mine" } });
    expect([again.status, again.body["code"]]).toEqual([409, "conflict"]);
  });

  test("lists one's own in pages, and everybody's for admin", async () => {
    for (const id of ["p1", "p2", "p3"])
      await at.ask("POST", "/attach/v1/agents", { as: "carol", body: { id } });
    const first = await at.ask("GET", "/attach/v1/agents?limit=2", { as: "carol" });
    expect(first.ids()).toHaveLength(2);
    const rest = await at.ask("GET", `/attach/v1/agents?limit=2&cursor=${first.body["next"]}`, {
      as: "carol",
    });
    expect([...first.ids(), ...rest.ids()].sort()).toEqual(["p1", "p2", "p3"]);
    expect(rest.body["next"]).toBeNull();
    const all = await at.ask("GET", "/attach/v1/agents?limit=200", { as: "root" });
    expect(all.ids()).toEqual(expect.arrayContaining(["p1", "mine"]));
    for (const query of ["limit=0", "limit=201", "limit=2&limit=3", "cursor=", "all=true"]) {
      expect((await at.ask("GET", `/attach/v1/agents?${query}`, { as: "carol" })).status).toBe(400);
    }
  });
});

describe("who may manage", () => {
  const BODY = { agent: "kept", scopes: ["llm:read"] };
  const ROUTES = [
    ["POST", "/attach/v1/agents", { id: "x1" }],
    ["GET", "/attach/v1/agents", undefined],
    ["GET", "/attach/v1/agents/kept", undefined],
    ["PATCH", "/attach/v1/agents/kept", { name: "taken over" }],
    ["DELETE", "/attach/v1/agents/kept", undefined],
    ["GET", "/attach/v1/tokens", undefined],
    ["GET", "/attach/v1/grants", undefined],
    ["POST", "/attach/v1/grants", BODY],
    ["DELETE", "/attach/v1/grants/unknown", undefined],
    ["POST", "/attach/v1/revocations", { agent: "kept" }],
  ] as const;

  let robot = "";
  beforeAll(async () => {
    await at.register("kept");
    const { secret } = (await at.ask("POST", "/attach/v1/agents", { as: "root", body: { id: "robot" } }))
      .body;
    const credential = { client_id: "robot", client_secret: String(secret) };
    robot = String((await at.exchange({ subject: "root", ...credential })).body["access_token"]);
  });

  test.each(ROUTES)("nobody without a token: %s %s", async (method, path, body) => {
    const answer = await at.ask(method, path, { body });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain("resource_metadata=");
  });

  test.each(ROUTES)("no agent, not even one of admin's own: %s %s", async (method, path, body) => {
    const answer = await at.ask(method, path, { token: robot, body });
    expect([answer.status, answer.body["code"]]).toEqual([403, "forbidden"]);
  });

  test.each(ROUTES.filter(([, path]) => path.endsWith("/kept") || path.endsWith("revocations")))(
    "nobody else than the owner and admin: %s %s",
    async (method, path, body) => {
      const answer = await at.ask(method, path, { as: "bob", body });
      expect([answer.status, answer.body["code"]]).toEqual([403, "forbidden"]);
    },
  );

  test("what reaches beyond the owner is admin's to set", async () => {
    const patch = (as: string, body: object) => at.ask("PATCH", "/attach/v1/agents/kept", { as, body });
    const endpoint = { url: "https://kept.test/x", protocol: "http", resource: "https://other.test/" };
    for (const body of [
      { introspect: true },
      { owner: { iss: at.issuer, sub: "bob" } },
      { scopes: ["llm:read", "admin"] },
      { audiences: [at.url] },
      { audiences: [`${at.url}/mcp/files`] },
      { endpoint },
    ]) {
      expect([(await patch("alice", body)).status, body]).toEqual([403, body]);
    }
    expect((await patch("root", { introspect: true, endpoint })).status).toBe(200);
    // S08: or its owner could point it at somebody else's resource.
    expect((await patch("alice", { audiences: ["https://victim.test"] })).status).toBe(403);
    expect((await patch("alice", { endpoint: null })).status).toBe(403);
    expect((await patch("alice", { name: "still mine", introspect: true })).status).toBe(200);
  });

  test("admin registers for somebody else", async () => {
    const owner = { iss: at.issuer, sub: "dave" };
    const body = { id: "for-dave", owner };
    expect((await at.ask("POST", "/attach/v1/agents", { as: "bob", body })).status).toBe(403);
    expect((await at.ask("POST", "/attach/v1/agents", { as: "root", body })).body["owner"]).toEqual(owner);
    expect((await at.ask("GET", "/attach/v1/agents/for-dave", { as: "dave" })).status).toBe(200);
  });
});
