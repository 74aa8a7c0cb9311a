import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { calculateJwkThumbprint, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTrail } from "../../services/gateway/src/audit/trail.ts";
import type { AuditEvent } from "../../services/gateway/src/core/ports/audit.ts";
import { openStore } from "../../services/gateway/src/store/open.ts";
import { manualClock } from "../support/identity/manual-clock.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { audit, byHand, exported } from "../support/trail.ts";

const aCall = (n: number): AuditEvent => ({
  time: 1_750_000_000_000 + n,
  action: "request.allow",
  decision: "allow",
  reason: "200 scope=llm:read",
  user: { iss: "https://idp.example", sub: "alice" },
  chain: ["coder"],
  jti: null,
  root: null,
  session: null,
  resource: "GET /api/tags",
  policy: null,
  requestId: `request-${n}`,
});

describe("S21 overflow", () => {
  test("on a real store: what a stopped disk made the queue drop is a signed gap in a whole chain", async () => {
    const folder = mkdtempSync(join(tmpdir(), "attach-gap-"));
    const database = join(folder, "attach.db");
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const publicJwk = pair.publicKey.export({ format: "jwk" }) as JWK;
    const key = { kid: await calculateJwkThumbprint(publicJwk), alg: "ES256" as const, ...pair };
    const keys = { active: () => key, find: () => key, jwks: () => ({ keys: [publicJwk] }) };
    const store = await openStore(`sqlite:${database}`);
    const trail = createTrail({
      trail: store.trail,
      keys: keys as never,
      issuer: "https://gateway.example",
      clock: manualClock(),
      calls: true,
      checkpointEveryMs: 60_000,
      log: { error: () => {} },
    });
    // Nobody else can write while this holds the file.
    const blocker = new DatabaseSync(database);
    blocker.exec("begin immediate");
    const sent = 70_000;
    for (let n = 0; n < sent; n++) trail.calls?.record(aCall(n));
    blocker.exec("rollback");
    blocker.close();
    await trail.close();
    await store.close();
    try {
      const jwks = join(folder, "jwks.json");
      writeFileSync(jwks, JSON.stringify({ keys: [publicJwk] }));
      const run = await audit(database, "verify", "--jwks", jwks);
      const dropped = Number(/not recorded, by signed gap records: (\d+)/.exec(run.stdout)?.[1]);
      expect([run.code, run.stdout]).toEqual([0, expect.stringContaining("is whole")]);
      expect(dropped).toBeGreaterThan(0);
      const rows = await exported(database);
      expect(rows.filter(({ action }) => action === "request.allow").length + dropped).toBe(sent);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("O01 no record, no deed", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  test("a token whose audit row cannot be written is not issued; a call goes on, and its record waits", async () => {
    const database = join(stack.gateway.folder, "attach.db");
    const subject_token = await stack.userToken("alice");
    const exchange = () => stack.exchange({ subject_token, client_id: "helper", scope: "llm:read" });
    const count = async (action: string) =>
      (await exported(database)).filter((row) => row.action === action).length;
    expect((await exchange()).status).toBe(200);

    byHand(
      database,
      "create trigger full before insert on audit_events begin select raise(abort, 'full'); end",
    );
    const refused = await exchange();
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(await refused.text()).not.toContain("access_token");
    expect((await stack.call("/api/tags", subject_token)).status).toBe(200);
    const checks = async () => (await stack.call("/readyz")).json();
    await expect.poll(checks, { timeout: 5_000 }).toMatchObject({ checks: { audit: "degraded" } });

    byHand(database, "drop trigger full");
    expect((await exchange()).status).toBe(200);
    await expect.poll(() => count("request.allow"), { timeout: 10_000 }).toBe(1);
    await expect.poll(checks, { timeout: 5_000 }).toMatchObject({ checks: { audit: "ok" } });
    expect(await count("token.issue")).toBe(2);
    expect((await audit(database, "verify")).code).toBe(0);
  });
});
