import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type DemoEngine, startDemoEngine } from "@attach-dev/demo-engine";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";
import { makeProof, tokenHash } from "../support/identity/proofs.ts";
import { makeKey } from "../support/identity/tokens.ts";
import { redisMissing, startRedis } from "../support/redis.ts";

/** S11 over processes and restarts: what one has seen, and what the others then know. */
const AUDIENCE = "https://gateway.test";
const PUBLIC_URL = "http://gateway.test";
const KEY = makeKey("holder");

let issuer: DevIssuer;
let engine: DemoEngine;
let userToken: string;
let folder: string;
const running: GatewayProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "attach-dpop-"));
  [issuer, engine] = await Promise.all([startDevIssuer({ audience: AUDIENCE }), startDemoEngine()]);
  userToken = (await logIn({ issuer: issuer.issuer, user: "alice" })).accessToken;
});
afterAll(async () => {
  await Promise.all(running.map((gateway) => gateway.stop("SIGKILL")));
  await Promise.all([issuer?.close(), engine?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function start(more: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const common = { OIDC_ISSUER: issuer.issuer, OIDC_AUD: AUDIENCE, PUBLIC_URL, AGENT_REGISTRATION: "open" };
  const env = { ...common, ...more };
  const gateway = await startGateway({
    folder,
    port: await freePort(),
    env: { ...env, ENGINE_URL: engine.url },
  });
  running.push(gateway);
  return gateway;
}

async function exchange({ url }: GatewayProcess, dpop: string) {
  const response = await fetch(`${url}/oauth/token`, {
    method: "POST",
    headers: { dpop },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      client_id: "research-agent",
      subject_token: userToken,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    }),
  });
  return (await response.json()) as { access_token?: string; error?: string };
}

async function call({ url }: GatewayProcess, headers: Record<string, string>) {
  const response = await fetch(`${url}/api/tags`, { headers });
  await response.arrayBuffer();
  return `${response.status} ${/error="(\w+)"/.exec(response.headers.get("www-authenticate") ?? "")?.[1] ?? ""}`;
}

describe("S11: DPoP over processes", () => {
  test("a proof used at one token endpoint is used up at the other, also when both are asked at once", async () => {
    const [one, other] = [await start(), await start()];
    const proof = makeProof(KEY, { htm: "POST", htu: `${PUBLIC_URL}/oauth/token` });
    expect(await exchange(one, proof)).toHaveProperty("access_token");
    expect(await exchange(other, proof)).toMatchObject({ error: "invalid_dpop_proof" });

    const raced = makeProof(KEY, { htm: "POST", htu: `${PUBLIC_URL}/oauth/token` });
    const answers = await Promise.all([one, other, one, other].map((gateway) => exchange(gateway, raced)));
    expect(answers.filter(({ access_token }) => access_token !== undefined)).toHaveLength(1);
  });

  test("a route refuses, after a restart, what it may have seen before", async () => {
    const before = await start();
    const { access_token: token = "" } = await exchange(
      before,
      makeProof(KEY, { htm: "POST", htu: `${PUBLIC_URL}/oauth/token` }),
    );
    const request = { htm: "GET", htu: `${PUBLIC_URL}/api/tags`, ath: tokenHash(token) };
    const seen = { authorization: `DPoP ${token}`, dpop: makeProof(KEY, request) };
    expect(await call(before, seen)).toBe("200 ");
    await before.stop("SIGKILL");
    // An `iat` counts whole seconds: the next process starts in a later one.
    await sleep(1_000);
    const after = await start();
    expect(await call(after, seen)).toBe("401 use_dpop_nonce");
    expect(await call(after, { ...seen, dpop: makeProof(KEY, request) })).toBe("200 ");
  });

  const missing = redisMissing();
  test.skipIf(missing !== undefined)(
    `nodes with one Redis know each other's proofs at every route, and accept none without it${missing ? ` (${missing})` : ""}`,
    async () => {
      const redis = await startRedis();
      const more = {
        REDIS_URL: redis.url,
        ATTACH_SECRET: "a secret of the tests that is long enough for all",
      };
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      const [one, other] = await Promise.all([start(more), start(more)]);
      const { access_token: token = "" } = await exchange(
        one,
        makeProof(KEY, { htm: "POST", htu: `${PUBLIC_URL}/oauth/token` }),
      );
      const request = { htm: "GET", htu: `${PUBLIC_URL}/api/tags`, ath: tokenHash(token) };
      const seen = { authorization: `DPoP ${token}`, dpop: makeProof(KEY, request) };
      expect(await call(one, seen)).toBe("200 ");
      expect(await call(other, seen)).toBe("401 invalid_dpop_proof");
      await redis.stop();
      expect(await call(other, { ...seen, dpop: makeProof(KEY, request) })).toMatch(/^503/);
    },
  );
});
