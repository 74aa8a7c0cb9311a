import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runExample } from "../support/example.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { ended, send, statusOf } from "../support/tasks.ts";
import { startTemporal, startWorker, type Temporal, withoutTemporal } from "../support/temporal.ts";

const skipped = withoutTemporal();

describe.skipIf(skipped !== false)(`A05: temporal:// (${skipped || "a real server"})`, () => {
  const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  let temporal: Temporal;
  let stack: Stack;
  let token: string;
  let secret: string;
  let worker: Awaited<ReturnType<typeof startWorker>>;

  const start = async (target_url: string, topic = "sorting"): Promise<string> => {
    const response = await stack.call("/a2a/tasks/send", token, {
      method: "POST",
      headers: { "Content-Type": "application/json", traceparent: TRACE },
      body: JSON.stringify({ input: { topic }, target_url }),
    });
    expect(response.status).toBe(202);
    return ((await response.json()) as { task_id: string }).task_id;
  };
  const workerEnv = (stepMs: number) => ({
    TEMPORAL_URL: temporal.address,
    TEMPORAL_QUEUE: "research",
    STEP_MS: String(stepMs),
    WORKER_ID: "workflow-worker",
    WORKER_SECRET: secret,
  });

  beforeAll(async () => {
    temporal = await startTemporal();
    stack = await startStack({
      TEMPORAL_URL: temporal.address,
      TEMPORAL_QUEUE: "research",
      TEMPORAL_WORKER: "workflow-worker",
    });
    token = await stack.agentToken("alice", { scope: "a2a:send a2a:read" });
    const made = await stack.call("/attach/v1/agents", await stack.userToken("bob"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ id: "workflow-worker", scopes: ["llm:read"] }),
    });
    ({ secret } = (await made.json()) as { secret: string });
    worker = await startWorker(workerEnv(200));
  }, 90_000);

  afterAll(async () => {
    await worker?.stop("SIGKILL");
    await stack?.stop();
    await temporal?.stop();
  });

  test("runs a workflow under the task's id, on behalf of who asked, and gives its result", async () => {
    const id = await start("temporal://ResearchWorkflow?taskQueue=research");
    expect(await ended(stack, id, token)).toMatchObject({
      state: "done",
      result: { text: "draft on sorting, asked by research-agent for alice (reviewed)", for: "alice" },
    });
    const connection = await Connection.connect({ address: temporal.address });
    const handle = new Client({ connection }).workflow.getHandle(id);
    const { memo, taskQueue } = await handle.describe();
    expect(taskQueue).toBe("research");
    expect(memo).toMatchObject({
      user: { iss: stack.issuer.issuer, sub: "alice" },
      chain: ["research-agent"],
      session: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    // Nothing that opens a door stands in the history, and the caller's trace does.
    const history = await handle.fetchHistory();
    const said = JSON.stringify(history).replace(/"data":"([^"]*)"/g, (_, data) => atob(data));
    expect(said).toContain('"topic":"sorting"');
    expect(said).not.toMatch(/eyJ[\w-]+\.eyJ/);
    const [started] = history.events ?? [];
    const carrier = started?.workflowExecutionStartedEventAttributes?.header?.fields?.["_tracer-data"]?.data;
    expect(JSON.parse(Buffer.from(carrier ?? []).toString())).toEqual({ traceparent: TRACE });
    await connection.close();
  });

  test("an activity asks the engine as the worker, on behalf of who asked; the history knows no token", async () => {
    const before = stack.engine.requests.length;
    const userToken = await stack.userToken("alice");
    const around = { gatewayUrl: stack.publicUrl, userToken, model: "llama3.2" };
    const { code, output } = await runExample("temporal/client.ts", around);
    expect(output).toMatch(/^task [0-9a-f-]{36}$/m);
    expect([code, output]).toEqual([0, expect.stringContaining("\ndone\n")]);
    const calls = stack.engine.requests.slice(before).filter(({ path }) => path === "/v1/chat/completions");
    expect(calls).toHaveLength(1);
    const flat = calls[0]?.rawHeaders ?? [];
    const sent = (name: string) => flat[flat.findIndex((one) => one.toLowerCase() === name) + 1];
    expect(sent("x-attach-agent")).toBe("workflow-worker");
    expect(sent("x-attach-user")).toBe("alice");
    const connection = await Connection.connect({ address: temporal.address });
    const id = /^task (\S+)$/m.exec(output)?.[1] ?? "";
    const history = await new Client({ connection }).workflow.getHandle(id).fetchHistory();
    const said = JSON.stringify(history).replace(/"data":"([^"]*)"/g, (_, data) => atob(data));
    expect(said).toContain("QuestionWorkflow");
    expect(said).not.toMatch(/eyJ[\w-]+\.eyJ/);
    expect(said).not.toContain(secret);
    await connection.close();
  });

  test("tells the failure of a workflow that there is not", async () => {
    const id = await start("temporal://ResearchWorkflow?taskQueue=nobody-works-here");
    expect((await statusOf(stack, id, token)).state).toMatch(/queued|in_progress/);
    const canceled = await stack.call(`/a2a/tasks/${id}/cancel`, token, { method: "POST" });
    expect(await canceled.json()).toMatchObject({ state: "error", result: { error: { code: "canceled" } } });
  });

  test("survives the death of its worker and of the gateway in the middle of a workflow", async () => {
    await worker.stop("SIGKILL");
    worker = await startWorker(workerEnv(1_500));
    const id = await start("temporal://ResearchWorkflow", "crashes");
    await expect.poll(() => statusOf(stack, id, token)).toMatchObject({ state: "in_progress" });
    await new Promise((wake) => setTimeout(wake, 700));
    await worker.stop("SIGKILL");
    await stack.restart("SIGKILL");
    worker = await startWorker(workerEnv(100));
    expect(await ended(stack, id, token, 30_000)).toMatchObject({
      state: "done",
      result: { text: "draft on crashes, asked by research-agent for alice (reviewed)" },
    });
  }, 60_000);
});

test("A05: says that no workflow server is configured", async () => {
  const stack = await startStack();
  try {
    const token = await stack.agentToken("alice", { scope: "a2a:send a2a:read" });
    const response = await send(stack, { input: {}, target_url: "temporal://ResearchWorkflow" }, token);
    const { task_id } = (await response.json()) as { task_id: string };
    expect(await ended(stack, task_id, token)).toMatchObject({
      state: "error",
      result: { error: { code: "no_workflows" } },
    });
  } finally {
    await stack.stop();
  }
});
