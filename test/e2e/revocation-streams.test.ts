import { setTimeout as sleep } from "node:timers/promises";
import { startDemoEngine } from "@attach-dev/demo-engine";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Management, startManagement } from "../support/management.ts";

/** A stream that is on its way when its token is revoked. The engine takes its time: some seconds an answer. */
let at: Management;
let engine: Awaited<ReturnType<typeof startDemoEngine>>;
beforeAll(async () => {
  engine = await startDemoEngine({ pace: 2_000 });
  at = await startManagement({ ENGINE_URL: engine.url });
});
afterAll(async () => {
  await at?.close();
  await engine?.close();
});

async function stream(token: string) {
  const response = await fetch(`${at.url}/api/chat`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      model: "llama3.2",
      messages: [{ role: "user", content: "Why is the sky blue?" }],
    }),
  });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  expect((await reader.read()).done).toBe(false);
  return reader;
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<"whole" | "cut"> {
  try {
    while (!(await reader.read()).done);
    return "whole";
  } catch {
    return "cut";
  }
}

async function tokenOf(client_id: string): Promise<string> {
  return String((await at.exchange({ client_id, scope: "llm:read" })).body["access_token"]);
}

test("T05: a stream in flight on a revoked token is cut at once, on both sides; others flow on", async () => {
  const [doomed, other] = [await tokenOf("one"), await tokenOf("two")];
  const [cut, flowing] = await Promise.all([stream(doomed), stream(other)]);
  const started = engine.requests.length;
  const body = { dlg: decodeJwt(doomed)["dlg"] };
  expect((await at.ask("POST", "/attach/v1/revocations", { as: "alice", body })).status).toBe(201);
  const at0 = performance.now();
  expect(await drain(cut)).toBe("cut");
  // Well before the engine's next token would have come.
  expect(performance.now() - at0).toBeLessThan(1_500);
  await expect.poll(() => engine.requests.slice(0, started).filter(({ hungUp }) => hungUp)).toHaveLength(1);
  expect((await flowing.read()).done).toBe(false);
  await flowing.cancel();
});

test("T10: suspending an agent cuts its streams, and a flood of revocations cuts them too", async () => {
  const { secret } = (await at.register("busy")).body;
  const answer = await at.exchange({ client_id: "busy", client_secret: String(secret), scope: "llm:read" });
  const reader = await stream(String(answer.body["access_token"]));
  const others = await Promise.all(Array.from({ length: 20 }, (_, i) => tokenOf(`x${i}`)));
  const revoke = (token: string) =>
    at.ask("POST", "/attach/v1/revocations", { as: "alice", body: { jti: decodeJwt(token)["jti"] } });
  await Promise.all([
    ...others.map(revoke),
    at.ask("PATCH", "/attach/v1/agents/busy", { as: "alice", body: { status: "suspended" } }),
  ]);
  expect(await Promise.race([drain(reader), sleep(8_000)])).toBe("cut");
});
