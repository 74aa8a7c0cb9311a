import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startDemoEngine } from "@attach-dev/demo-engine";
import { logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";
import { byHand } from "../support/trail.ts";

let engine: Awaited<ReturnType<typeof startDemoEngine>>;
let issuer: Awaited<ReturnType<typeof startDevIssuer>>;
let gateway: GatewayProcess;
let folder: string;
let token: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "attach-durable-"));
  const port = await freePort();
  const audience = `http://localhost:${port}`;
  issuer = await startDevIssuer({ audience });
  engine = await startDemoEngine();
  gateway = await startGateway({
    port,
    folder,
    env: { OIDC_ISSUER: issuer.issuer, ENGINE_URL: engine.url, DURABILITY: "strict" },
  });
  token = (await logIn({ issuer: issuer.issuer, user: "alice", audience })).accessToken;
});

afterEach(async () => {
  await gateway.stop();
  await Promise.all([engine.close(), issuer.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const FORMS = [
  ["/api/chat", { stream: false }],
  ["/api/chat", { stream: true }],
  ["/v1/chat/completions", { stream: true }],
] as const;

async function call(path: string, body: object): Promise<string> {
  const messages = [{ role: "user", content: "hello" }];
  const response = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    body: JSON.stringify({ model: "llama3.2", messages, ...body }),
  });
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get("x-request-id") ?? "";
}

/** What is on the disk, by a connection of its own. */
function onDisk() {
  const db = new DatabaseSync(join(folder, "attach.db"), { readOnly: true });
  try {
    const calls = db
      .prepare("select request_id as id from audit_events where action = 'request.allow'")
      .all();
    const used = db.prepare("select sum(requests) as requests from usage").get() as {
      requests: number | null;
    };
    return { calls: calls.map(({ id }) => String(id)), requests: used.requests ?? 0 };
  } finally {
    db.close();
  }
}

describe("durability: strict", () => {
  test("O01 R09: an answer that has ended is on record, also after a kill -9 in the same moment", async () => {
    const ended: string[] = [];
    let going = true;
    const callers = FORMS.map(async ([path, body]) => {
      while (going) {
        const id = await call(path, body).catch(() => undefined);
        if (id !== undefined) ended.push(id);
      }
    });
    await expect.poll(() => ended.length, { timeout: 20_000 }).toBeGreaterThan(30);
    process.kill(gateway.pid, "SIGKILL");
    going = false;
    await Promise.all(callers);
    const { calls, requests } = onDisk();
    expect(ended.filter((id) => !calls.includes(id))).toEqual([]);
    expect(requests).toBeGreaterThanOrEqual(ended.length);
  });

  test("O01: an answer ends when its record is written, and not before", async () => {
    const database = join(folder, "attach.db");
    await call("/api/chat", { stream: false });
    byHand(
      database,
      "create trigger full before insert on audit_events begin select raise(abort, 'full'); end",
    );
    let ended = 0;
    const calls = FORMS.map(([path, body]) => call(path, body).then(() => ended++));
    const headers = { Authorization: `Bearer ${token}` };
    const head = fetch(`${gateway.url}/api/tags`, { method: "HEAD", headers }).then(() => ended++);
    await expect.poll(() => engine.requests.length, { timeout: 10_000 }).toBe(5);
    await new Promise((wake) => setTimeout(wake, 700));
    expect(ended).toBe(0);
    byHand(database, "drop trigger full");
    await Promise.all([...calls, head]);
    expect(onDisk().requests).toBe(4);
  });
});
