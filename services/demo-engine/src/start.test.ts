import { connect } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { type DemoEngine, type DemoEngineOptions, startDemoEngine } from "./index.ts";

const running: DemoEngine[] = [];

async function start(options?: DemoEngineOptions): Promise<DemoEngine> {
  const engine = await startDemoEngine(options);
  running.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((engine) => engine.close()));
});

const CHAT = JSON.stringify({ model: "llama3.2", messages: [{ role: "user", content: "hello" }] });

test("records each request with its headers as they were on the wire", async () => {
  const engine = await start();
  const socket = connect(engine.port, "127.0.0.1");
  socket.end("GET /api/tags?x=1 HTTP/1.1\r\nHost: x\r\nX-ATTACH-user: alice\r\nConnection: close\r\n\r\n");
  socket.resume();
  await new Promise((resolve) => socket.on("close", resolve));
  expect(engine.requests).toHaveLength(1);
  expect(engine.requests[0]).toMatchObject({
    method: "GET",
    path: "/api/tags?x=1",
    rawHeaders: ["Host", "x", "X-ATTACH-user", "alice", "Connection", "close"],
    hungUp: false,
  });
});

test("logs who a request was for, and that a bearer came along, but never the bearer", async () => {
  const lines: string[] = [];
  const engine = await start({ log: (line) => lines.push(line) });
  await fetch(`${engine.url}/api/tags`, {
    headers: { "X-Attach-User": "alice", authorization: "Bearer secret-text" },
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^GET \/api\/tags .*x-attach-user: alice/i);
  expect(lines[0]).toContain("Authorization: present");
  expect(lines[0]).not.toContain("secret-text");
});

test("sends the first token of a stream while it still makes the others", async () => {
  const { url } = await start({ pace: 20 });
  const response = await fetch(`${url}/api/chat`, { method: "POST", body: CHAT });
  const reader = response.body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value);
  expect(first).toContain('"done":false');
  expect(first).not.toContain('"done":true');
  await reader?.cancel();
});

test("stops when the caller hangs up, and remembers that", async () => {
  const engine = await start({ pace: 10_000 });
  const leave = new AbortController();
  const response = await fetch(`${engine.url}/api/chat`, {
    method: "POST",
    body: CHAT,
    signal: leave.signal,
  });
  expect(response.status).toBe(200);
  leave.abort();
  await vi.waitFor(() => expect(engine.requests[0]?.hungUp).toBe(true));
  const whole = await fetch(`${engine.url}/api/tags`);
  await whole.text();
  expect(engine.requests[1]?.hungUp).toBe(false);
});

test("refuses a body that is too large, and is still there afterwards", async () => {
  const { url } = await start();
  const response = await fetch(`${url}/api/chat`, { method: "POST", body: "x".repeat(33 * 1024 * 1024) });
  expect(response.status).toBe(413);
  expect((await fetch(url)).status).toBe(200);
});

test("says that a port is taken", async () => {
  const { port } = await start();
  await expect(startDemoEngine({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
