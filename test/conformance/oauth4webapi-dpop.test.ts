import { type DemoEngine, startDemoEngine } from "@attach-dev/demo-engine";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { decodeJwt } from "jose";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

/** The DPoP of a client that we did not write, unchanged, against the running program and a real OpenID provider. */
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const AUDIENCE = "https://attach.test";
const client: oauth.Client = { client_id: "research-agent" };
const plainHttp = { [oauth.allowInsecureRequests]: true };

let issuer: DevIssuer;
let engine: DemoEngine;
const running: GatewayProcess[] = [];

beforeAll(async () => {
  [issuer, engine] = await Promise.all([startDevIssuer({ audience: AUDIENCE }), startDemoEngine()]);
});
afterAll(async () => {
  for (const gateway of running) await gateway.stop();
  await Promise.all([issuer?.close(), engine?.close()]);
});

/** A gateway of its own, and what oauth4webapi has discovered of it. */
async function start(env: Record<string, string> = {}) {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const settings = { OIDC_ISSUER: issuer.issuer, OIDC_AUD: AUDIENCE, PUBLIC_URL: publicUrl };
  running.push(await startGateway({ port, env: { ...settings, ENGINE_URL: engine.url, ...env } }));
  const identifier = new URL(publicUrl);
  const response = await oauth.discoveryRequest(identifier, { algorithm: "oauth2", ...plainHttp });
  return oauth.processDiscoveryResponse(identifier, response);
}

async function exchange(
  server: oauth.AuthorizationServer,
  DPoP: oauth.DPoPHandle,
  { client_id = "research-agent", ...parameters }: Record<string, string> = {},
) {
  const agent = { client_id };
  const subject_token = parameters["subject_token"] ?? (await userToken());
  const response = await oauth.genericTokenEndpointRequest(
    server,
    agent,
    oauth.None(),
    EXCHANGE,
    { subject_token_type: ACCESS_TOKEN, scope: "llm:read", ...parameters, subject_token },
    { DPoP, ...plainHttp },
  );
  return oauth.processGenericTokenEndpointResponse(server, agent, response);
}

const userToken = async () =>
  (await logIn({ issuer: issuer.issuer, user: "alice", audience: AUDIENCE })).accessToken;

const call = (server: oauth.AuthorizationServer, token: string, DPoP?: oauth.DPoPHandle) =>
  oauth.protectedResourceRequest(token, "GET", new URL("/api/tags", server.issuer), undefined, undefined, {
    ...(DPoP === undefined ? {} : { DPoP }),
    ...plainHttp,
  });

describe("T08: oauth4webapi with DPoP, unchanged", () => {
  test.each(["ES256", "Ed25519", "PS256", "RS256"])(
    "gets a token bound to its %s key, and calls with it",
    async (alg) => {
      const server = await start();
      expect(server.dpop_signing_alg_values_supported).toContain(alg);
      const handle = oauth.DPoP(client, await oauth.generateKeyPair(alg));
      const token = await exchange(server, handle);
      expect(token.token_type).toBe("dpop");
      expect(decodeJwt(token.access_token)["cnf"]).toEqual({ jkt: await handle.calculateThumbprint() });
      for (let i = 0; i < 2; i++) {
        expect((await call(server, token.access_token, handle)).status).toBe(200);
      }
    },
  );

  test("S03: nobody else calls with that token", async () => {
    const server = await start();
    const handle = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const thief = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const { access_token } = await exchange(server, handle);
    await expect(call(server, access_token)).rejects.toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
    await expect(call(server, access_token, thief)).rejects.toMatchObject({
      status: 401,
      cause: [expect.objectContaining({ scheme: "dpop" }), expect.objectContaining({ scheme: "bearer" })],
    });
  });

  test("S03: hands it on, or renews it, with a proof by its key and not without", async () => {
    const server = await start();
    const handle = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const thief = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const { access_token: subject_token } = await exchange(server, handle);
    const delegation = String(decodeJwt(subject_token)["dlg"]);
    const renewed = await exchange(server, handle, { subject_token, delegation });
    const child = await exchange(server, handle, { subject_token, client_id: "coder" });
    for (const { access_token, token_type } of [renewed, child]) {
      expect(token_type).toBe("dpop");
      expect((await call(server, access_token, handle)).status).toBe(200);
    }
    const refused = { error: "invalid_dpop_proof", status: 400 };
    for (const attempt of [{ delegation }, { client_id: "coder" }]) {
      await expect(exchange(server, thief, { subject_token, ...attempt })).rejects.toMatchObject(refused);
    }
  });

  test("is told of a nonce where the configuration demands one, and goes on with it", async () => {
    const server = await start({ DPOP_NONCE: "required" });
    const keys = await oauth.generateKeyPair("ES256");
    const handle = oauth.DPoP(client, keys);
    const refused = await exchange(server, handle).catch((error: unknown) => error);
    expect(oauth.isDPoPNonceError(refused)).toBe(true);
    // The client keeps the nonce by origin: authority and routes have one.
    const token = await exchange(server, handle);
    expect((await call(server, token.access_token, handle)).status).toBe(200);

    const fresh = oauth.DPoP(client, keys);
    const challenged = await call(server, token.access_token, fresh).catch((error: unknown) => error);
    expect(oauth.isDPoPNonceError(challenged)).toBe(true);
  });
});
