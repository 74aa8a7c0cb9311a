import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ReferenceAgent, startReferenceAgent } from "../support/a2a-agent.ts";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";
import { ended, send, statusOf } from "../support/tasks.ts";

let agent: ReferenceAgent;
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
  agent = await startReferenceAgent({ workMs: 2_500 });
  issuer = await startDevIssuer({ audience: publicUrl });
  folder = await mkdtemp(join(tmpdir(), "attach-tasks-"));
  const yaml = `agents:\n  - id: coder\n    secret: {env: CODER_SECRET}\n    endpoint: {url: "${agent.url}"}\n`;
  writeFileSync(join(folder, "attach.yaml"), yaml);
  const env = { OIDC_ISSUER: issuer.issuer, CODER_SECRET: "a-secret-of-the-coder-that-is-long-enough" };
  start = () => startGateway({ port, folder, env });
  gateway = await start();
  token = (await logIn({ issuer: issuer.issuer, user: "alice", audience: publicUrl })).accessToken;
});

afterAll(async () => {
  await gateway?.stop();
  await Promise.all([issuer?.close(), agent?.close()]);
  await rm(folder, { recursive: true, force: true });
});

test("A03: after kill -9 an agent's task is followed on, and not sent a second time", async () => {
  const response = await send({ call }, { input: "slow", target_url: "agent://coder" }, token);
  const { task_id } = (await response.json()) as { task_id: string };
  // Sent, and asked after at least once: what it is called there is known.
  await expect.poll(() => agent.calls.length).toBeGreaterThan(2);
  await gateway.stop("SIGKILL");
  gateway = await start();
  expect((await statusOf({ call }, task_id, token)).state).toBe("in_progress");
  const { state, result } = await ended({ call }, task_id, token);
  expect(state).toBe("done");
  const list = await call("/a2a/agents/coder/rpc", token, {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ListTasks", params: {} }),
  });
  const { tasks } = ((await list.json()) as { result: { tasks: { id: string }[] } }).result;
  expect(tasks.map(({ id }) => id)).toEqual([(result as { task: string }).task]);
});
