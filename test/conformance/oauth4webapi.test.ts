import { type DemoEngine, startDemoEngine } from "@attach-dev/demo-engine";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

/** A client that we did not write, unchanged, against the running program and a real OpenID provider. */
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const client: oauth.Client = { client_id: "research-agent" };
const plainHttp = { [oauth.allowInsecureRequests]: true };

let issuer: DevIssuer;
let engine: DemoEngine;
let gateway: GatewayProcess;
let publicUrl: string;

beforeAll(async () => {
  const port = await freePort();
  publicUrl = `http://127.0.0.1:${port}`;
  [issuer, engine] = await Promise.all([startDevIssuer({ audience: publicUrl }), startDemoEngine()]);
  gateway = await startGateway({
    port,
    env: { OIDC_ISSUER: issuer.issuer, OIDC_AUD: publicUrl, PUBLIC_URL: publicUrl, ENGINE_URL: engine.url },
  });
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([issuer?.close(), engine?.close()]);
});

async function discover(algorithm: "oauth2" | "oidc") {
  const identifier = new URL(publicUrl);
  const response = await oauth.discoveryRequest(identifier, { algorithm, ...plainHttp });
  return oauth.processDiscoveryResponse(identifier, response);
}

async function exchange(server: oauth.AuthorizationServer, scope: string) {
  const { accessToken } = await logIn({ issuer: issuer.issuer, user: "alice" });
  const parameters = { subject_token: accessToken, subject_token_type: ACCESS_TOKEN, scope };
  const response = await oauth.genericTokenEndpointRequest(
    server,
    client,
    oauth.None(),
    EXCHANGE,
    parameters,
    plainHttp,
  );
  return oauth.processGenericTokenEndpointResponse(server, client, response);
}

const call = (token: string) =>
  oauth.protectedResourceRequest(
    token,
    "GET",
    new URL("/api/tags", gateway.url),
    undefined,
    undefined,
    plainHttp,
  );

describe("T02: oauth4webapi, unchanged", () => {
  test.each(["oauth2", "oidc"] as const)("discovers the authority as %s", async (algorithm) => {
    const server = await discover(algorithm);
    expect(server.grant_types_supported).toContain(EXCHANGE);
  });

  test("exchanges a user's token, calls with the agent's, revokes it, and is refused at once", async () => {
    const server = await discover("oauth2");
    const token = await exchange(server, "llm:read memory:write");
    expect(token).toMatchObject({
      token_type: "bearer",
      issued_token_type: ACCESS_TOKEN,
      scope: "llm:read memory:write",
    });
    expect((await call(token.access_token)).status).toBe(200);
    const revocation = await oauth.revocationRequest(
      server,
      client,
      oauth.None(),
      token.access_token,
      plainHttp,
    );
    await oauth.processRevocationResponse(revocation);
    await expect(call(token.access_token)).rejects.toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
  });

  test("validates the token as RFC 9068 asks of a resource server", async () => {
    const server = await discover("oauth2");
    const token = await exchange(server, "llm:read");
    const request = new Request(`${publicUrl}/api/tags`, {
      headers: { authorization: `Bearer ${token.access_token}` },
    });
    const claims = await oauth.validateJwtAccessToken(server, request, publicUrl, plainHttp);
    expect(claims).toMatchObject({ client_id: "research-agent", scope: "llm:read" });
  });

  test("understands a refusal", async () => {
    const server = await discover("oauth2");
    await expect(exchange(server, "llm:admin")).rejects.toMatchObject({
      error: "invalid_scope",
      status: 400,
    });
  });

  test("discovers the resource by RFC 9728", async () => {
    const identifier = new URL(publicUrl);
    const response = await oauth.resourceDiscoveryRequest(identifier, plainHttp);
    const resource = await oauth.processResourceDiscoveryResponse(identifier, response);
    expect(resource.authorization_servers).toEqual([publicUrl]);
  });
});
