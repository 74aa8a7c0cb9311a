import type { webcrypto } from "node:crypto";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentServer, claimsOf, type RegisteredAgent, startAgents } from "../support/agents.ts";
import { ACCESS_TOKEN, EXCHANGE } from "../support/authority.ts";

/** T02, I05, T08 with a client that we did not write, unchanged: discovery, every way to authenticate, DPoP, errors. */
let at: AgentServer;
let robot: RegisteredAgent;
let signer: RegisteredAgent;
beforeAll(async () => {
  at = await startAgents();
  at.clock.advance(Date.now() - at.clock.now());
  robot = await at.register("robot", { scopes: ["llm:read", "memory:read"] });
  signer = await at.register("signer", { scopes: ["llm:read"], auth: "private_key_jwt" });
});
afterAll(() => at?.close());

const discover = (id: string, authentication: client.ClientAuth) =>
  client.discovery(new URL(at.url), id, undefined, authentication, {
    algorithm: "oauth2",
    execute: [client.allowInsecureRequests],
  });

const exchange = (config: client.Configuration, fields: Record<string, string> = {}, options = {}) =>
  client.genericGrantRequest(
    config,
    EXCHANGE,
    { subject_token: at.userToken(), subject_token_type: ACCESS_TOKEN, ...fields },
    options,
  );

/** The registered key as WebCrypto has it. */
function privateKey({ key }: RegisteredAgent): Promise<webcrypto.CryptoKey> {
  if (key === undefined) throw new Error("registered without a key");
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const der = key.privateKey.export({ type: "pkcs8", format: "der" });
  return crypto.subtle.importKey("pkcs8", new Uint8Array(der), algorithm, false, ["sign"]);
}

describe("T02: openid-client, unchanged", () => {
  test("exchanges, hands on, and revokes, as an agent that nobody registered", async () => {
    const config = await discover("free-agent", client.None());
    const token = await exchange(config, { scope: "llm:read" });
    expect(token).toMatchObject({ token_type: "bearer", scope: "llm:read", issued_token_type: ACCESS_TOKEN });
    const next = await discover("next-agent", client.None());
    const child = await exchange(next, { subject_token: token.access_token });
    expect(claimsOf(child.access_token)).toMatchObject({ client_id: "next-agent" });
    await client.tokenRevocation(config, token.access_token);
    expect(await at.call(child.access_token)).toBe(401);
  });

  test("I05: gets a service account's token by each way to authenticate", async () => {
    const secret = String(robot.secret);
    const ways: readonly [string, client.ClientAuth, string][] = [
      ["robot", client.ClientSecretBasic(secret), "client_secret_basic"],
      ["robot", client.ClientSecretPost(secret), "client_secret_post"],
      ["signer", client.PrivateKeyJwt(await privateKey(signer)), "private_key_jwt"],
    ];
    for (const [id, way, name] of ways) {
      const config = await discover(id, way);
      const token = await client.clientCredentialsGrant(config, { scope: "llm:read" });
      expect(token).toMatchObject({ token_type: "bearer", expires_in: 300, scope: "llm:read" });
      expect(claimsOf(token.access_token)).toMatchObject({ sub: id, agent_auth: name });
      const agent = await exchange(config);
      expect(claimsOf(agent.access_token)).toMatchObject({ sub: "alice", client_id: id, agent_auth: name });
    }
  });

  test("T08: binds by DPoP, and renews the delegation with its key", async () => {
    const config = await discover("bound-agent", client.None());
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
    const token = await exchange(config, {}, { DPoP });
    expect(token.token_type).toBe("dpop");
    const { dlg, jti } = claimsOf(token.access_token);
    const renewed = await exchange(config, { subject_token: token.access_token, delegation: dlg }, { DPoP });
    expect(claimsOf(renewed.access_token)).toMatchObject({ dlg, cnf: claimsOf(token.access_token)["cnf"] });
    expect(claimsOf(renewed.access_token).jti).not.toBe(jti);
    const call = (path: string) =>
      client.fetchProtectedResource(
        config,
        renewed.access_token,
        new URL(path, at.url),
        "GET",
        null,
        undefined,
        {
          DPoP,
        },
      );
    expect((await call("/api/tags")).status).toBe(200);
  });

  test("is told by their names what was refused", async () => {
    const wrong = await discover("robot", client.ClientSecretPost("wrong"));
    await expect(client.clientCredentialsGrant(wrong)).rejects.toMatchObject({ status: 401 });
    const right = await discover("robot", client.ClientSecretPost(String(robot.secret)));
    await expect(client.clientCredentialsGrant(right, { scope: "admin" })).rejects.toMatchObject({
      error: "invalid_scope",
    });
    await expect(exchange(right, { resource: "https://nowhere.example" })).rejects.toMatchObject({
      error: "invalid_target",
    });
  });
});
