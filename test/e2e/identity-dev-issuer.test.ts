import { type DemoEngine, startDemoEngine } from "@attach-dev/demo-engine";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

/** Identity against a real OpenID provider (oidc-provider): people who log in, keys that rotate. */
const AUDIENCE = "https://gateway.test";
let issuer: DevIssuer;
let engine: DemoEngine;
let gateway: GatewayProcess;

beforeAll(async () => {
  [issuer, engine] = await Promise.all([startDevIssuer({ audience: AUDIENCE }), startDemoEngine()]);
  gateway = await startGateway({
    env: { OIDC_ISSUER: issuer.issuer, OIDC_AUD: AUDIENCE, ENGINE_URL: engine.url },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await Promise.all([issuer?.close(), engine?.close()]);
});

const call = (bearer: string) =>
  fetch(`${gateway.url}/api/tags`, { headers: { authorization: `Bearer ${bearer}` } });

describe("I01: a real OpenID provider", () => {
  test("S06: the access token of a log-in opens the door, its ID token does not", async () => {
    const alice = await logIn({ issuer: issuer.issuer, user: "alice" });
    expect((await call(alice.accessToken)).status).toBe(200);
    const refused = await call(alice.idToken);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain("ID token");
  });

  test("a rotation is followed: the new key at once, the old one as long as it is published", async () => {
    const before = await logIn({ issuer: issuer.issuer, user: "alice" });
    await issuer.rotateKeys();
    const after = await logIn({ issuer: issuer.issuer, user: "bob" });
    expect((await call(after.accessToken)).status).toBe(200);
    expect((await call(before.accessToken)).status).toBe(200);
  });

  test("the refusal of a token quotes nothing of it", async () => {
    const alice = await logIn({ issuer: issuer.issuer, user: "alice" });
    const [head, , signature] = alice.accessToken.split(".");
    const payload = Buffer.from('{"iss":"https://evil.test","sub":"mallory"}').toString("base64url");
    const refused = await call(`${head}.${payload}.${signature}`);
    expect(refused.status).toBe(401);
    const told = `${await refused.text()}${refused.headers.get("www-authenticate")}`;
    expect(told).not.toContain("evil.test");
    expect(told).not.toContain("mallory");
    expect(gateway.output()).not.toContain(signature);
  });
});
