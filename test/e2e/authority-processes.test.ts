import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AUDIT_CHAIN_START } from "../../services/gateway/src/core/audit-row.ts";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

/** Real processes on one database: what starts together, what dies in the middle, what comes back. */
const AUDIENCE = "https://gateway.test";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
let issuer: DevIssuer;
let userToken: string;
let folder: string;
const running: GatewayProcess[] = [];

beforeAll(async () => {
  issuer = await startDevIssuer({ audience: AUDIENCE });
  userToken = (await logIn({ issuer: issuer.issuer, user: "alice" })).accessToken;
});
afterAll(() => issuer?.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attach-processes-"));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop("SIGKILL")));
  rmSync(folder, { recursive: true, force: true });
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const gateway = await startGateway({
    folder,
    port: await freePort(),
    env: {
      OIDC_ISSUER: issuer.issuer,
      OIDC_AUD: AUDIENCE,
      PUBLIC_URL: "http://gateway.test",
      AGENT_REGISTRATION: "open",
      ...env,
    },
  });
  running.push(gateway);
  return gateway;
}

async function exchange({ url }: GatewayProcess): Promise<string> {
  const response = await fetch(`${url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: EXCHANGE,
      client_id: "research-agent",
      subject_token: userToken,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`no token: ${response.status}`);
  return token;
}

const keysOf = async ({ url }: GatewayProcess) => (await fetch(`${url}/.well-known/jwks.json`)).json();

function everyRow<T>(query: string): readonly T[] {
  const db = new DatabaseSync(join(folder, "attach.db"), { readOnly: true });
  const rows = db.prepare(query).all() as T[];
  db.close();
  return rows;
}

describe("processes on one database", () => {
  test("T12: kill -9 in a storm of exchanges leaves no token without its audit row, and the chain whole", async () => {
    const gateway = await start();
    const held: string[] = [];
    const storm = Array.from({ length: 16 }, async () => {
      for (;;) held.push(await exchange(gateway));
    });
    const over = Promise.allSettled(storm);
    while (held.length < 150) await new Promise((wake) => setTimeout(wake, 5));
    await gateway.stop("SIGKILL");
    await over;

    const again = await start();
    await exchange(again);
    const recorded = new Set(
      everyRow<{ jti: string }>("select jti from audit_events where action = 'token.issue'").map(
        ({ jti }) => jti,
      ),
    );
    for (const token of held) expect(recorded).toContain(decodeJwt(token).jti);
    for (const { jti } of everyRow<{ jti: string }>("select jti from tokens"))
      expect(recorded).toContain(jti);
    let prev = AUDIT_CHAIN_START;
    for (const row of everyRow<{ prev: string; hash: string }>(
      "select prev, hash from audit_events order by seq",
    )) {
      expect(row.prev).toBe(prev);
      prev = row.hash;
    }
  });

  test("two that start at once on nothing agree on the secret and the signing key", async () => {
    const [one, two] = await Promise.all([start(), start()]);
    expect(await keysOf(one)).toEqual(await keysOf(two));
    const [first, second] = await Promise.all([exchange(one), exchange(two)]);
    expect(first).not.toBe(second);
    expect(everyRow("select 1 from tokens")).toHaveLength(2);
  });

  test("a revocation outlives the process that took it", async () => {
    const one = await start();
    const token = await exchange(one);
    const form = new URLSearchParams({ token, client_id: "research-agent" });
    await fetch(`${one.url}/oauth/revoke`, { method: "POST", body: form });
    await one.stop("SIGKILL");
    const two = await start();
    const refused = await fetch(`${two.url}/api/tags`, { headers: { authorization: `Bearer ${token}` } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain("revoked");
  });

  test("S13: another secret refuses to boot and says why; a list with the old one after it does not", async () => {
    const [old, fresh] = [
      "first secret of thirty-two bytes and more",
      "second secret of thirty-two bytes and more",
    ] as const;
    const one = await start({ ATTACH_SECRET: old });
    const keys = await keysOf(one);
    await one.stop();
    await expect(start({ ATTACH_SECRET: fresh })).rejects.toThrow(/ATTACH_SECRET is not the one/);
    expect(await keysOf(await start({ ATTACH_SECRET: `${fresh},${old}` }))).toEqual(keys);
  });
});
