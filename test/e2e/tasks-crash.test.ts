import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";
import { ended, send, type TaskView } from "../support/tasks.ts";

/** An engine that takes its time, and remembers what it was asked. */
async function startSlowEngine(delayMs: number) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece) => (text += piece));
    request.on("end", () => {
      asked.push(JSON.parse(text).messages[0].content);
      setTimeout(() => response.setHeader("Content-Type", "application/json").end('{"done":true}'), delayMs);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

let engine: Awaited<ReturnType<typeof startSlowEngine>>;
let issuer: Awaited<ReturnType<typeof startDevIssuer>>;
let gateway: GatewayProcess;
let start: () => Promise<GatewayProcess>;
let folder: string;
let token: string;

const call = (path: string, bearer?: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, {
    ...init,
    headers: { ...init.headers, Authorization: `Bearer ${bearer}` },
  });

beforeAll(async () => {
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  engine = await startSlowEngine(1_500);
  issuer = await startDevIssuer({ audience: publicUrl });
  folder = await mkdtemp(join(tmpdir(), "attach-tasks-"));
  // Memory keeps what was asked, in words: here it is the task's own row that is looked at.
  start = () =>
    startGateway({
      port,
      folder,
      env: { OIDC_ISSUER: issuer.issuer, ENGINE_URL: engine.url, MEM_BACKEND: "none" },
    });
  gateway = await start();
  token = (await logIn({ issuer: issuer.issuer, user: "alice", audience: publicUrl })).accessToken;
});

afterAll(async () => {
  await gateway?.stop();
  await issuer?.close();
  engine?.close();
  await rm(folder, { recursive: true, force: true });
});

test("A03: after kill -9 with 100 tasks in flight none is lost, none is stuck and none was done twice", async () => {
  const ids = await Promise.all(
    Array.from({ length: 100 }, async (_, at) => {
      const response = await send(
        { call },
        { model: "m", messages: [{ role: "user", content: `task ${at}` }] },
        token,
      );
      return ((await response.json()) as { task_id: string }).task_id;
    }),
  );
  await expect.poll(() => engine.asked.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(20);
  await gateway.stop("SIGKILL");
  const begunBefore = engine.asked.length;
  expect(begunBefore).toBeLessThan(100);

  gateway = await start();
  const restarted = performance.now();
  const tasks: TaskView[] = await Promise.all(ids.map((id) => ended({ call }, id, token, 25_000)));
  expect(performance.now() - restarted).toBeLessThan(25_000);

  const done = tasks.filter(({ state }) => state === "done");
  const interrupted = tasks.filter(({ state }) => state === "error");
  expect(done.length + interrupted.length).toBe(100);
  expect(interrupted.length).toBeGreaterThan(0);
  for (const { result } of interrupted) expect(result).toMatchObject({ error: { code: "interrupted" } });
  // Nobody was asked twice.
  expect(new Set(engine.asked).size).toBe(engine.asked.length);
  expect(done.length).toBeGreaterThanOrEqual(100 - begunBefore);
}, 60_000);

test("a canceled task ends as one at once, and stays so whatever comes of it", async () => {
  const response = await send(
    { call },
    { model: "m", messages: [{ role: "user", content: "stop me" }] },
    token,
  );
  const { task_id } = (await response.json()) as { task_id: string };
  await expect.poll(() => engine.asked, { timeout: 10_000 }).toContain("stop me");
  const canceled = { state: "error", result: { error: { code: "canceled" } } };
  const answer = await call(`/a2a/tasks/${task_id}/cancel`, token, { method: "POST" });
  expect(await answer.json()).toMatchObject(canceled);
  // Longer than the engine takes to answer.
  await new Promise((wake) => setTimeout(wake, 2_000));
  expect(await ended({ call }, task_id, token)).toMatchObject(canceled);
});

test("A03: an ended task is there after a restart, and what was asked is not to be read in the database", async () => {
  const secret = "a very private question";
  const response = await send({ call }, { model: "m", messages: [{ role: "user", content: secret }] }, token);
  const { task_id } = (await response.json()) as { task_id: string };
  await ended({ call }, task_id, token);
  await gateway.stop();
  for (const name of await readdir(folder)) {
    const bytes = await readFile(`${folder}/${name}`).catch(() => Buffer.alloc(0));
    expect([name, bytes.includes(secret)]).toEqual([name, false]);
  }
  gateway = await start();
  expect(await ended({ call }, task_id, token)).toMatchObject({ state: "done", result: { done: true } });
});
