import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startDemoEngine } from "@attach-dev/demo-engine";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

/** Two gateways on one store, whose log of revocations cannot be read for a while: one fails closed, one was not asked to. */
const AUDIENCE = "https://gateway.test";
let issuer: DevIssuer;
let engine: Awaited<ReturnType<typeof startDemoEngine>>;
let user: string;
let folder: string;
let closing: GatewayProcess;
let open: GatewayProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "attach-stale-"));
  issuer = await startDevIssuer({ audience: AUDIENCE });
  engine = await startDemoEngine();
  user = (await logIn({ issuer: issuer.issuer, user: "alice" })).accessToken;
  const start = async (env: Readonly<Record<string, string>>) =>
    startGateway({
      folder,
      port: await freePort(),
      env: {
        OIDC_ISSUER: issuer.issuer,
        OIDC_AUD: AUDIENCE,
        PUBLIC_URL: "http://gateway.test",
        AGENT_REGISTRATION: "open",
        ENGINE_URL: engine.url,
        ...env,
      },
    });
  closing = await start({ REVOCATIONS_FAIL_CLOSED: "on", REVOCATIONS_MAX_LAG: "1s" });
  open = await start({});
});
afterAll(async () => {
  await Promise.all([closing?.stop(), open?.stop()]);
  await Promise.all([issuer?.close(), engine?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const call = ({ url }: GatewayProcess) =>
  fetch(`${url}/api/tags`, { headers: { authorization: `Bearer ${user}` } });

const exchange = ({ url }: GatewayProcess) =>
  fetch(`${url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      client_id: "research-agent",
      subject_token: user,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    }),
  });

async function until(status: number): Promise<void> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const answer = await call(closing);
    await answer.body?.cancel();
    if (answer.status === status) return;
    if (performance.now() > deadline) throw new Error(`still ${answer.status}, not ${status}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

function sabotage(statement: string): void {
  const db = new DatabaseSync(join(folder, "attach.db"));
  db.exec("pragma busy_timeout = 5000");
  db.exec(statement);
  db.close();
}

test("S20: a gateway that fails closed lets nobody in while it cannot read what others revoked, and everybody after", async () => {
  await until(200);
  expect((await exchange(closing)).status).toBe(200);

  sabotage("alter table revocations rename to out_of_reach");
  await until(503);
  const refused = await call(closing);
  expect(await refused.text()).toContain("revocations cannot be checked");
  const exchanged = await exchange(closing);
  expect(exchanged.status).not.toBe(200);
  expect(await exchanged.json()).not.toHaveProperty("access_token");
  // It was not asked to: SQLite's default.
  expect((await call(open)).status).toBe(200);

  sabotage("alter table out_of_reach rename to revocations");
  await until(200);
  expect((await exchange(closing)).status).toBe(200);
}, 60_000);
