import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startDemoEngine } from "@attach-dev/demo-engine";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { TOKEN_TYPE } from "@attach-dev/protocol";
import { decodeProtectedHeader } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type AuthorityServer, startAuthority } from "../support/authority.ts";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";
import { runProgram } from "../support/program.ts";

/** Real processes on one database while its keys, its secret and its file are changed under them. */
const AUDIENCE = "https://gateway.test";
const OLD = "the first secret of thirty-two bytes and more";
const FRESH = "the second secret of thirty-two bytes and more";

// Several programs start one after the other, on whatever machine this is.
vi.setConfig({ testTimeout: 120_000 });

let issuer: DevIssuer;
let engine: Awaited<ReturnType<typeof startDemoEngine>>;
let userToken: string;
let folder: string;
const running: GatewayProcess[] = [];

beforeAll(async () => {
  issuer = await startDevIssuer({ audience: AUDIENCE });
  engine = await startDemoEngine();
  userToken = (await logIn({ issuer: issuer.issuer, user: "alice" })).accessToken;
});
afterAll(() => Promise.all([issuer?.close(), engine?.close()]));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attach-keys-"));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop("SIGKILL")));
  rmSync(folder, { recursive: true, force: true });
});

const settings = (env: Readonly<Record<string, string>> = {}) => ({
  OIDC_ISSUER: issuer.issuer,
  OIDC_AUD: AUDIENCE,
  ENGINE_URL: engine.url,
  PUBLIC_URL: "http://gateway.test",
  AGENT_REGISTRATION: "open",
  ...env,
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const gateway = await startGateway({ folder, port: await freePort(), env: settings(env) });
  running.push(gateway);
  return gateway;
}

/** A management command on the same store; what it says. */
async function command(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const program = await runProgram(args, settings(env), folder);
  const code = await program.ended();
  return { code, out: program.stdout().trim(), err: program.stderr() };
}

async function exchange({ url }: { readonly url: string }, fields: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      client_id: "research-agent",
      subject_token: userToken,
      subject_token_type: TOKEN_TYPE.accessToken,
      ...fields,
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function tokenOf(gateway: GatewayProcess): Promise<string> {
  const { status, body } = await exchange(gateway);
  if (body["access_token"] === undefined) throw new Error(`no token: ${status} ${JSON.stringify(body)}`);
  return body["access_token"];
}

async function call({ url }: { readonly url: string }, token: string): Promise<number> {
  const response = await fetch(`${url}/api/tags`, { headers: { authorization: `Bearer ${token}` } });
  await response.body?.cancel();
  return response.status;
}

async function publishedKids({ url }: { readonly url: string }): Promise<readonly string[]> {
  const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[];
  };
  return keys.map(({ kid }) => kid);
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

describe("signing keys", () => {
  test("T09: two processes under load turn to another key, and no valid token is refused by either", async () => {
    const gateways = [await start(), await start()] as const;
    const refused: string[] = [];
    const signers = new Set<string>();
    let done = false;
    const load = [0, 1, 2, 3].map(async (worker) => {
      for (let round = worker; !done; round++) {
        const [from, to] = round % 2 === 0 ? gateways : [gateways[1], gateways[0]];
        const token = await tokenOf(from);
        signers.add(decodeProtectedHeader(token).kid ?? "");
        const statuses = await Promise.all([call(from, token), call(to, token)]);
        if (statuses.some((status) => status !== 200)) refused.push(statuses.join());
      }
    });
    const first = (await publishedKids(gateways[0]))[0] ?? "";
    const old = await tokenOf(gateways[0]);
    const { code, out: fresh } = await command(["keys", "rotate", "--now"]);
    expect(code).toBe(0);
    await until(async () => signers.has(fresh), "a token by the new key");
    await new Promise((wake) => setTimeout(wake, 2_500));
    signers.clear();
    await until(async () => signers.size > 0, "another token");
    done = true;
    await Promise.all(load);
    expect(refused).toEqual([]);
    expect([...signers], "both sign with the new key by now").toEqual([fresh]);
    for (const gateway of gateways) {
      expect([...(await publishedKids(gateway))].sort()).toEqual([first, fresh].sort());
      expect(await call(gateway, old), "a token by the old key goes on").toBe(200);
    }
    const listed = (await command(["keys", "list"])).out;
    expect(listed).toMatch(new RegExp(`${first}\\s+ES256\\s+retiring`));
    expect(listed).toMatch(new RegExp(`${fresh}\\s+ES256\\s+active`));
  });

  test("T09: a compromised key is withdrawn everywhere within seconds, and what it signed is refused", async () => {
    const gateways = [await start(), await start()] as const;
    const stolen = await tokenOf(gateways[0]);
    expect(await call(gateways[1], stolen)).toBe(200);
    const { out: published } = await command(["keys", "rotate"]);
    const { out: fresh } = await command(["keys", "rotate", "--compromised"]);
    expect(fresh, "what lay beside it is not trusted either").not.toBe(published);
    for (const gateway of gateways) {
      await until(async () => (await call(gateway, stolen)) === 401, "the stolen token refused");
      expect(await publishedKids(gateway)).toEqual([fresh]);
      expect(await call(gateway, await tokenOf(gateway))).toBe(200);
    }
  });

  test("T09: no private key lies in the file in the clear, and a retired one not at all", async () => {
    const gateway = await start();
    await tokenOf(gateway);
    await command(["keys", "rotate", "--compromised"]);
    const text = ["attach.db", "attach.db-wal"]
      .map((file) => readFileSync(join(folder, file), "latin1"))
      .join("");
    expect(text).not.toContain("PRIVATE KEY");
    expect(text).toContain("key.rotate");
  });

  test("keys rotate alone publishes a key that does not sign yet", async () => {
    const gateway = await start();
    const { out: fresh, err } = await command(["keys", "rotate"]);
    expect(err).toContain("in 6 minutes");
    await until(async () => (await publishedKids(gateway)).includes(fresh), "the new key published");
    expect(decodeProtectedHeader(await tokenOf(gateway)).kid).not.toBe(fresh);
    expect((await command(["keys", "rotate"])).out, "asked twice, it is one key").toBe(fresh);
  });
});

describe("a key's age", () => {
  let authority: AuthorityServer;
  afterEach(() => authority?.close());

  test("T09: keys rotate by themselves, published before they sign, and an agent's token lives through it", async () => {
    authority = await startAuthority({ env: { KEY_ROTATION: "1d" } });
    const [old = ""] = await publishedKids(authority);
    const agent = async (fields = {}) => (await authority.exchange(fields)).body["access_token"] as string;
    authority.clock.advance(86_400_000 - 330_000);
    await until(async () => (await publishedKids(authority)).length === 2, "the next key published");
    const token = await agent({ ttl: "1800" });
    expect(decodeProtectedHeader(token).kid).toBe(old);
    authority.clock.advance(330_000);
    await until(async () => decodeProtectedHeader(await agent()).kid !== old, "signing with the next key");
    expect(await authority.call(token)).toBe(200);
    authority.clock.advance(3_660_000);
    await until(async () => !(await publishedKids(authority)).includes(old), "the old key withdrawn");
    expect(await publishedKids(authority)).toHaveLength(1);
  });

  test("T09: RS256 by configuration, verified here and published with its algorithm", async () => {
    authority = await startAuthority({ env: { TOKEN_ALG: "RS256" } });
    const token = (await authority.exchange()).body["access_token"] as string;
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "RS256", typ: "at+jwt" });
    expect(await authority.call(token)).toBe(200);
  });
});

describe("O11: upgrades", () => {
  test("S13: ATTACH_SECRET is rotated without losing a key, a token, a session or a renewal; then the old one is left out", async () => {
    const one = await start({ ATTACH_SECRET: OLD });
    const kids = await publishedKids(one);
    const token = await tokenOf(one);
    const { dlg } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    const sessionOf = async ({ url }: GatewayProcess) => {
      const response = await fetch(`${url}/api/tags`, {
        headers: { authorization: `Bearer ${userToken}`, "user-agent": "browser/1" },
      });
      await response.body?.cancel();
      return response.headers.get("x-attach-session-id");
    };
    const session = await sessionOf(one);
    expect(session).toMatch(/^[0-9a-f]{64}$/);
    await one.stop();
    const two = await start({ ATTACH_SECRET: `${FRESH},${OLD}` });
    expect(await call(two, token)).toBe(200);
    await two.stop();
    const three = await start({ ATTACH_SECRET: FRESH });
    expect(await publishedKids(three)).toEqual(kids);
    expect(await call(three, token)).toBe(200);
    expect(await sessionOf(three), "the session keeps its id").toBe(session);
    expect((await exchange(three, { delegation: dlg })).status, "the delegation is renewed").toBe(200);
    await three.stop();
    await expect(start({ ATTACH_SECRET: OLD })).rejects.toThrow(/ATTACH_SECRET is not the one/);
  });

  test("S13: the secret that is kept beside the file is rotated in the same way", async () => {
    const one = await start();
    const kids = await publishedKids(one);
    await one.stop();
    const file = join(folder, "attach.db.secret");
    writeFileSync(file, `${FRESH},${readFileSync(file, "utf8")}`);
    await (await start()).stop();
    writeFileSync(file, FRESH);
    expect(await publishedKids(await start())).toEqual(kids);
  });

  test("a backup of a live store is whole, private, and runs with its secret", async () => {
    const gateway = await start();
    const token = await tokenOf(gateway);
    let done = false;
    const load = (async () => {
      while (!done) await tokenOf(gateway);
    })();
    const copy = join(folder, "copy.db");
    const { code, out, err } = await command(["backup", "copy.db"]);
    done = true;
    await load;
    expect({ code, out }).toEqual({ code: 0, out: copy });
    expect(err).toContain("attach.db.secret");
    expect(statSync(copy).mode & 0o077).toBe(0);
    const again = await command(["backup", "copy.db"]);
    expect(again.code, "what stands is not overwritten").toBe(1);
    copyFileSync(join(folder, "attach.db.secret"), `${copy}.secret`);
    await gateway.stop("SIGKILL");
    const restored = await start({ DATABASE_URL: `sqlite:${copy}` });
    expect(await call(restored, token)).toBe(200);
    await tokenOf(restored);
    expect((await command(["audit", "verify"], { DATABASE_URL: `sqlite:${copy}` })).code).toBe(0);
  });

  test("migrate says from which version to which, and nothing runs on a newer schema", async () => {
    const first = await command(["migrate"]);
    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^Schema version 0 → \d+\.$/) });
    expect((await command(["migrate"])).out).toMatch(/^Schema version \d+: up to date\.$/);
    const db = new DatabaseSync(join(folder, "attach.db"));
    db.exec("pragma user_version = 999");
    db.close();
    const refused = await command(["migrate"]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("schema version 999");
    await expect(start()).rejects.toThrow(/newer attach-gateway/);
  });
});
