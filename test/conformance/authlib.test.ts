import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentServer, chainOf, claimsOf, type RegisteredAgent, startAgents } from "../support/agents.ts";
import { type Authlib, type PythonClient, startAuthlib, withoutAuthlib } from "../support/authlib.ts";
import { ACCESS_TOKEN } from "../support/authority.ts";

/** T02, T06, I05 with a client in another language, unchanged: Authlib, by what our metadata says alone. */
const FILES = "https://files.test/api";

describe.skipIf(withoutAuthlib())("T02: Authlib (Python), unchanged", () => {
  let at: AgentServer;
  let python: Authlib;
  let robot: PythonClient;
  let signer: PythonClient;
  let files: PythonClient;
  let reader: PythonClient;
  beforeAll(async () => {
    at = await startAgents();
    at.clock.advance(Date.now() - at.clock.now());
    python = startAuthlib();
    robot = bySecret(await at.register("robot", { scopes: ["llm:read", "memory:read"] }));
    signer = byKey(await at.register("signer", { scopes: ["llm:read"], auth: "private_key_jwt" }));
    const endpoint = { url: `${FILES}/rpc`, protocol: "http", resource: FILES };
    files = bySecret(await at.register("files-api", { introspect: true, endpoint }));
    reader = bySecret(await at.register("reader", { audiences: [FILES] }));
  });
  afterAll(async () => {
    await python?.stop();
    await at?.close();
  });

  const ask = (what: string, client: PythonClient, more: object = {}) =>
    python.ask({ do: what, url: at.url, client, ...more });
  const exchange = (client: PythonClient, fields: object = {}) =>
    ask("exchange", client, { fields: { subject_token: at.userToken(), ...fields } });
  const call = async (token: unknown) =>
    (await ask("call", { id: "caller" }, { token, path: "/api/tags" }))["status"];

  test("exchanges a user's token, calls with what it got, and revokes it", async () => {
    const agent = { id: "free-agent" };
    const token = await exchange(agent, { scope: "llm:read" });
    expect(token).toMatchObject({
      token_type: "Bearer",
      issued_token_type: ACCESS_TOKEN,
      scope: "llm:read",
      expires_in: 300,
    });
    expect(await call(token["access_token"])).toBe(200);
    expect(await ask("revoke", agent, { token: token["access_token"] })).toEqual({ status: 200 });
    expect(await call(token["access_token"])).toBe(401);
  });

  test("T04: hands on to another agent, whose token dies with the first", async () => {
    const parent = await exchange({ id: "first" });
    const child = await exchange({ id: "second" }, { subject_token: parent["access_token"] });
    expect(chainOf(String(child["access_token"]))).toEqual(["second", "first"]);
    expect(await call(child["access_token"])).toBe(200);
    await ask("revoke", { id: "first" }, { token: parent["access_token"] });
    expect(await call(child["access_token"])).toBe(401);
  });

  test("reads an agent's token as RFC 9068 has it, by the published keys", async () => {
    const { access_token: token } = await exchange(robot);
    const read = await ask("verify", robot, { token, audience: at.url });
    expect(read).toMatchObject({
      header: { typ: "at+jwt", alg: "ES256" },
      claims: { sub: "alice", client_id: "robot", act: { sub: "robot", iss: at.url } },
    });
  });

  test("I05: gets a service account's token by each way to authenticate", async () => {
    const ways: readonly [PythonClient, string][] = [
      [{ ...robot, method: "client_secret_basic" }, "client_secret_basic"],
      [{ ...robot, method: "client_secret_post" }, "client_secret_post"],
      [signer, "private_key_jwt"],
    ];
    for (const [client, name] of ways) {
      const token = await ask("client_credentials", client, { fields: { scope: "llm:read" } });
      expect(token).toMatchObject({ token_type: "Bearer", scope: "llm:read" });
      expect(claimsOf(String(token["access_token"]))).toMatchObject({ sub: client.id, agent_auth: name });
      const agent = await exchange(client);
      expect(claimsOf(String(agent["access_token"]))).toMatchObject({ sub: "alice", client_id: client.id });
      expect(await ask("revoke", client, { token: agent["access_token"] })).toEqual({ status: 200 });
      expect(await call(agent["access_token"])).toBe(401);
    }
  });

  test("T06: asks about a token as the server that it is for, until it is revoked", async () => {
    const { access_token: token } = await exchange(reader, { resource: FILES, scope: "llm:read" });
    expect(await ask("introspect", files, { token })).toMatchObject({
      status: 200,
      active: true,
      aud: FILES,
      scope: "llm:read",
      act: { sub: "reader" },
    });
    await ask("revoke", reader, { token });
    expect(await ask("introspect", files, { token })).toEqual({ status: 200, active: false });
    expect(await ask("introspect", { ...files, secret: "wrong" }, { token })).toMatchObject({
      status: 401,
      error: "invalid_client",
    });
  });

  test("is told by their names what was refused", async () => {
    const wrong = await ask("client_credentials", { ...robot, secret: "wrong" });
    expect(wrong["error"]).toBe("invalid_client");
    const wide = await ask("client_credentials", robot, { fields: { scope: "admin" } });
    expect(wide["error"]).toBe("invalid_scope");
    const nowhere = await exchange(robot, { resource: "https://nowhere.example" });
    expect(nowhere["error"]).toBe("invalid_target");
    const junk = await exchange(robot, { subject_token: "junk" });
    expect(junk).toMatchObject({ error: "invalid_request", description: expect.any(String) });
  });
});

function bySecret({ id, secret }: RegisteredAgent): PythonClient {
  return { id, secret: String(secret) };
}

function byKey({ id, key }: RegisteredAgent): PythonClient {
  if (key === undefined) throw new Error("registered without a key");
  return { id, key: { ...key.privateKey.export({ format: "jwk" }), kid: key.kid, alg: "ES256" } };
}
