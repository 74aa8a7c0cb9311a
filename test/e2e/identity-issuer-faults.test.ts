import { createServer, type Server } from "node:http";
import { type DemoEngine, startDemoEngine } from "@attach-dev/demo-engine";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";
import { type JwksServer, startJwksServer } from "../support/identity/jwks-server.ts";
import { makeKey, signToken, type TestKey } from "../support/identity/tokens.ts";

/** I01 against an issuer that misbehaves in every way a real one can: the gateway runs as a process of its own. */
const AUDIENCE = "attach-e2e";
const key = makeKey("k1", "RS256");

let issuer: JwksServer;
let engine: DemoEngine;
let gateway: GatewayProcess | undefined;

beforeEach(async () => {
  [issuer, engine] = await Promise.all([startJwksServer([key.jwk]), startDemoEngine()]);
});

afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  await Promise.all([issuer.close(), engine.close()]);
});

async function start(): Promise<void> {
  gateway = await startGateway({
    env: { OIDC_ISSUER: issuer.issuer, OIDC_AUD: AUDIENCE, ENGINE_URL: engine.url, LOG_LEVEL: "warn" },
  });
}

const token = (signer: TestKey = key, changes: object = {}) => {
  const now = Math.floor(Date.now() / 1000);
  const jti = crypto.randomUUID();
  return signToken(signer, {
    iss: issuer.issuer,
    sub: "alice",
    aud: AUDIENCE,
    iat: now,
    exp: now + 600,
    jti,
    ...changes,
  });
};

async function call(bearer: string): Promise<number> {
  const response = await fetch(`${gateway?.url}/api/tags`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  await response.body?.cancel();
  return response.status;
}

/** Waits for what must come true, for at most `limit` milliseconds. */
async function eventually(check: () => Promise<boolean>, limit = 15_000): Promise<void> {
  const deadline = performance.now() + limit;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error("it did not come true in time");
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

describe("I01: tokens are verified offline", () => {
  test("the keys are fetched once, and new tokens need nothing from the issuer", async () => {
    await start();
    for (let i = 0; i < 10; i++) expect(await call(token())).toBe(200);
    expect(issuer.asked).toEqual({ keys: 1, discovery: 1 });
  });

  test("an outage of the issuer keeps nobody out whose key is known", async () => {
    await start();
    expect(await call(token())).toBe(200);
    issuer.isDown = true;
    expect(await call(token())).toBe(200);
    // A key nobody has seen may be a forger's or a new one: not the caller's fault, so not a 401.
    expect(await call(token(makeKey("k2")))).toBe(503);
    expect(await call(token())).toBe(200);
  });

  test("a rotated key is found, and a flood of made-up kids costs one fetch", async () => {
    await start();
    expect(await call(token())).toBe(200);
    const next = makeKey("k2", "RS256");
    issuer.keys = [next.jwk];
    expect(await call(token(next))).toBe(200);
    expect(issuer.asked.keys).toBe(2);
    const flood = Array.from({ length: 100 }, (_, i) => call(token({ ...key, kid: `made-up-${i}` })));
    expect(new Set(await Promise.all(flood))).toEqual(new Set([401]));
    expect(issuer.asked.keys).toBe(2);
  });

  test("the gateway starts before its issuer, and lets users in when it comes", async () => {
    issuer.isDown = true;
    await start();
    expect(await call(token())).toBe(503);
    issuer.isDown = false;
    await eventually(async () => (await call(token())) === 200);
  });

  test("forged, expired and foreign tokens are 401 with a challenge that says where to go", async () => {
    await start();
    const now = Math.floor(Date.now() / 1000);
    const refused = [
      token({ ...makeKey("k1", "RS256") }),
      token(key, { exp: now - 60 }),
      token(key, { aud: "another-api" }),
      token(key, { iss: "https://evil.test" }),
      "not-a-jwt",
    ];
    for (const bearer of refused) {
      const response = await fetch(`${gateway?.url}/api/tags`, {
        headers: { authorization: `Bearer ${bearer}` },
      });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("resource_metadata=");
      await response.body?.cancel();
    }
    expect(engine.requests).toHaveLength(0);
  });
});

describe("I01: an issuer that cannot be trusted with the answer", () => {
  test("an endless key set is cut off", async () => {
    let written = 0;
    issuer.answerKeys = (_request, response) => {
      const timer = setInterval(() => {
        written += 64 * 1024;
        response.write(" ".repeat(64 * 1024));
      }, 5);
      response.on("close", () => clearInterval(timer));
    };
    await start();
    expect(await call(token())).toBe(503);
    expect(written).toBeLessThan(4 * 1024 * 1024);
  });

  test("a redirect to another key set is not followed", async () => {
    let isAsked = false;
    const elsewhere: Server = createServer((_request, response) => {
      isAsked = true;
      response.end(JSON.stringify({ keys: [key.jwk] }));
    });
    const port = await freePort();
    await new Promise<void>((ready) => elsewhere.listen(port, "127.0.0.1", ready));
    issuer.answerKeys = (_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end();
    await start();
    expect(await call(token())).toBe(503);
    expect(isAsked).toBe(false);
    elsewhere.close();
  });

  test("one that never answers costs a caller seconds, and nobody else anything", async () => {
    issuer.answerKeys = () => {};
    await start();
    const slow = call(token());
    const health = await fetch(`${gateway?.url}/healthz`);
    expect(health.status).toBe(200);
    expect(await call("not-a-jwt")).toBe(401);
    expect(await slow).toBe(503);
  });

  test("one that speaks in another's name is not believed, and the log says which letter is wrong", async () => {
    issuer.discovery = { issuer: `${issuer.issuer}/` };
    await start();
    expect(await call(token())).toBe(503);
    // The log is written in batches.
    await eventually(async () => gateway?.output().includes("trailing slash") === true);
    expect(issuer.asked.keys).toBe(0);
  });
});
