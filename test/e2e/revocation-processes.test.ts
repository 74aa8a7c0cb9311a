import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDemoEngine } from "@attach-dev/demo-engine";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

/** Two real processes on one SQLite file: what one revokes, the other refuses; and what is in flight is cut. */
const AUDIENCE = "https://gateway.test";
let issuer: DevIssuer;
let engine: Awaited<ReturnType<typeof startDemoEngine>>;
let user: string;
let folder: string;
let one: GatewayProcess;
let two: GatewayProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "attach-feed-"));
  issuer = await startDevIssuer({ audience: AUDIENCE });
  engine = await startDemoEngine();
  user = (await logIn({ issuer: issuer.issuer, user: "alice" })).accessToken;
  const start = async () =>
    startGateway({
      folder,
      port: await freePort(),
      env: {
        OIDC_ISSUER: issuer.issuer,
        OIDC_AUD: AUDIENCE,
        PUBLIC_URL: "http://gateway.test",
        AGENT_REGISTRATION: "open",
        ENGINE_URL: engine.url,
      },
    });
  [one, two] = await Promise.all([start(), start()]);
});
afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()]);
  await Promise.all([issuer?.close(), engine?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function exchange(fields: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await fetch(`${one.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      client_id: "research-agent",
      subject_token: user,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      ...fields,
    }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

const manage = (method: string, path: string, body: object) =>
  fetch(`${one.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${user}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function call({ url }: GatewayProcess, token: string): Promise<number> {
  const response = await fetch(`${url}/api/tags`, { headers: { authorization: `Bearer ${token}` } });
  await response.body?.cancel();
  return response.status;
}

/** How long the other process goes on letting the token in, in milliseconds. */
async function refusedAfter(gateway: GatewayProcess, token: string): Promise<number> {
  const start = performance.now();
  while ((await call(gateway, token)) === 200) {
    if (performance.now() - start > 5_000) throw new Error("it is still let in");
    await new Promise((wake) => setTimeout(wake, 10));
  }
  return performance.now() - start;
}

describe("two processes on one store", () => {
  test.each(["jti", "dlg", "root", "sid"])(
    "T05: what one revokes by %s, the other refuses within a second",
    async (member) => {
      const token = await exchange();
      expect([await call(one, token), await call(two, token)]).toEqual([200, 200]);
      const revoked = await manage("POST", "/attach/v1/revocations", { [member]: decodeJwt(token)[member] });
      expect(revoked.status).toBe(201);
      expect(await call(one, token)).toBe(401);
      expect(await refusedAfter(two, token)).toBeLessThan(1_000);
    },
  );

  test("T05: what is given back at /oauth/revoke of one, the other refuses within a second", async () => {
    const token = await exchange();
    expect(await call(two, token)).toBe(200);
    const form = new URLSearchParams({ token, client_id: "research-agent" });
    await fetch(`${one.url}/oauth/revoke`, { method: "POST", body: form });
    expect(await call(one, token)).toBe(401);
    expect(await refusedAfter(two, token)).toBeLessThan(1_000);
  });

  test("T10: suspending an agent kills its tokens here at once and there within a second", async () => {
    const made = await manage("POST", "/attach/v1/agents", { id: "worker" });
    const { secret } = (await made.json()) as { secret: string };
    const token = await exchange({ client_id: "worker", client_secret: secret });
    expect([await call(one, token), await call(two, token)]).toEqual([200, 200]);
    await manage("PATCH", "/attach/v1/agents/worker", { status: "suspended" });
    expect(await call(one, token)).toBe(401);
    expect(await refusedAfter(two, token)).toBeLessThan(1_000);
  });
});
