import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type DemoEngine, startDemoEngine } from "@attach-dev/demo-engine";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCESS_TOKEN, EXCHANGE } from "../support/authority.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";
import { type JwksServer, startJwksServer } from "../support/identity/jwks-server.ts";
import { encode, makeKey, signToken } from "../support/identity/tokens.ts";

/** Two people with one `sub`: Alice of a provider with public keys, and Alice of a partner with a shared secret. */
const PARTNER = "https://partner.test";
const SECRET = "a partner's secret of more than 32 bytes";
const key = makeKey("k1");

let provider: JwksServer;
let engine: DemoEngine;
let gateway: GatewayProcess;
let folder: string;

beforeAll(async () => {
  [provider, engine] = await Promise.all([startJwksServer([key.jwk]), startDemoEngine()]);
  folder = await mkdtemp(join(tmpdir(), "attach-test-"));
  const issuers = [
    { issuer: provider.issuer, audiences: ["attach"] },
    { issuer: PARTNER, audiences: ["attach"], secret: { env: "PARTNER_SECRET" } },
  ];
  await writeFile(join(folder, "attach.yaml"), JSON.stringify({ issuers }));
  gateway = await startGateway({
    folder,
    args: ["serve", "--config", "attach.yaml"],
    env: { ENGINE_URL: engine.url, PARTNER_SECRET: SECRET, ADMIN_SUBJECTS: `${provider.issuer}|root` },
  });
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([provider?.close(), engine?.close()]);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

type Side = "provider" | "partner";
const issuerOf = (side: Side) => (side === "provider" ? provider.issuer : PARTNER);

function userToken(side: Side, sub = "alice"): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: issuerOf(side), sub, aud: "attach", iat, exp: iat + 600 };
  if (side === "provider") return signToken(key, claims);
  const input = `${encode('{"alg":"HS256","typ":"JWT"}')}.${encode(JSON.stringify(claims))}`;
  return `${input}.${createHmac("sha256", SECRET).update(input).digest("base64url")}`;
}

async function ask(path: string, bearer: string, body?: object) {
  const response = await fetch(`${gateway.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = text.startsWith("{") ? (JSON.parse(text) as { items?: Record<string, unknown>[] }) : {};
  return {
    status: response.status,
    session: response.headers.get("x-attach-session-id"),
    items: parsed.items ?? [],
  };
}

async function exchange(side: Side, more: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${gateway.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: EXCHANGE,
      subject_token: userToken(side),
      subject_token_type: ACCESS_TOKEN,
      client_id: "helper",
      ...more,
    }),
  });
  const { access_token = "" } = (await response.json()) as { access_token?: string };
  return { status: response.status, token: access_token };
}

describe("I02: the same sub at two issuers", () => {
  test("is two people: two sessions, two owners in their agents' tokens, two lists", async () => {
    const [mine, theirs] = [
      await ask("/api/tags", userToken("provider")),
      await ask("/api/tags", userToken("partner")),
    ];
    expect([mine.status, theirs.status]).toEqual([200, 200]);
    expect(mine.session).toMatch(/^[0-9a-f]{64}$/);
    expect(theirs.session).not.toBe(mine.session);
    for (const side of ["provider", "partner"] as const) {
      const { token } = await exchange(side);
      expect(decodeJwt(token)).toMatchObject({ sub: "alice", sub_id: { iss: issuerOf(side), sub: "alice" } });
      const listed = await ask("/attach/v1/tokens", userToken(side));
      expect(listed.items.map(({ jti }) => jti)).toEqual([decodeJwt(token).jti]);
    }
  });

  test("one's delegation is not renewed by the other, nor revoked", async () => {
    const { token } = await exchange("provider");
    const delegation = String(decodeJwt(token)["dlg"]);
    expect((await exchange("partner", { delegation })).status).toBe(400);
    const partner = userToken("partner");
    await ask("/attach/v1/revocations", partner, { dlg: delegation });
    await ask("/attach/v1/revocations", partner, { sid: String(decodeJwt(token)["sid"]) });
    const whole = await ask("/attach/v1/revocations", partner, {
      user: { iss: provider.issuer, sub: "alice" },
    });
    expect(whole.status).toBe(403);
    expect((await ask("/api/tags", token)).status).toBe(200);
    expect((await exchange("provider", { delegation })).status).toBe(200);
  });

  test("everything of one is revoked, and nothing of the other", async () => {
    const [mine, theirs] = [(await exchange("provider")).token, (await exchange("partner")).token];
    const user = { iss: PARTNER, sub: "alice" };
    expect((await ask("/attach/v1/revocations", userToken("partner"), { user })).status).toBe(201);
    expect((await ask("/api/tags", theirs)).status).toBe(401);
    expect((await ask("/api/tags", mine)).status).toBe(200);
  });

  test("an administrator's sub at the other issuer is nobody's", async () => {
    expect((await ask("/attach/v1/agents", userToken("provider", "root"))).status).toBe(200);
    const all = await ask("/attach/v1/audit", userToken("provider", "root"));
    const owners = new Set(all.items.map(({ user }) => JSON.stringify(user)));
    for (const iss of [provider.issuer, PARTNER])
      expect(owners).toContain(JSON.stringify({ iss, sub: "alice" }));
    const none = await ask("/attach/v1/audit", userToken("partner", "root"));
    expect(none.items.filter(({ user }) => (user as { sub?: string } | null)?.sub === "alice")).toEqual([]);
  });

  test("no table holds a sub without its issuer", () => {
    const database = new DatabaseSync(join(folder, "attach.db"), { readOnly: true });
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as {
      name: string;
    }[];
    const held = tables.flatMap(({ name }) => {
      const columns = (database.prepare(`PRAGMA table_info("${name}")`).all() as { name: string }[]).map(
        (c) => c.name,
      );
      const sub = columns.find((column) => column === "owner_sub" || column === "sub");
      if (sub === undefined) return [];
      const iss = sub.replace("sub", "iss");
      expect(columns, name).toContain(iss);
      const rows = database
        .prepare(`SELECT DISTINCT "${iss}" AS iss FROM "${name}" WHERE "${sub}" = 'alice'`)
        .all();
      return rows.length === 0 ? [] : [{ name, issuers: rows.map((row) => String(row["iss"])).sort() }];
    });
    database.close();
    expect(held.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["delegations", "event_people", "tokens"]),
    );
    for (const { name, issuers } of held) expect(issuers, name).toEqual([provider.issuer, PARTNER].sort());
  });
});

describe("M04: memory of the same sub at two issuers", () => {
  test("M04: is two people's: neither sees, finds nor erases the other's", async () => {
    const write = (side: Side, text: string) => ask("/attach/v1/memory", userToken(side, "carol"), { text });
    expect((await write("provider", "of the provider's carol")).status).toBe(201);
    expect((await write("partner", "of the partner's carol")).status).toBe(201);
    const seen = async (side: Side, query = "") =>
      (await ask(`/attach/v1/memory${query}`, userToken(side, "carol"))).items.map(({ text }) => text);
    for (const query of ["", "?q=carol"]) {
      expect(await seen("provider", query)).toEqual(["of the provider's carol"]);
      expect(await seen("partner", query)).toEqual(["of the partner's carol"]);
    }
    const { items } = await ask("/attach/v1/memory", userToken("partner", "carol"));
    expect((await ask(`/attach/v1/memory/${items[0]?.["id"]}`, userToken("provider", "carol"))).status).toBe(
      404,
    );
    const headers = { authorization: `Bearer ${userToken("provider", "carol")}` };
    const erased = await fetch(`${gateway.url}/attach/v1/memory?all=true`, { method: "DELETE", headers });
    expect(await erased.json()).toEqual({ erased: 1 });
    expect(await seen("partner")).toEqual(["of the partner's carol"]);
  });
});
