import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEchoEngine } from "../support/echo-engine.ts";
import { type Stack, startStack } from "../support/stack.ts";

const LOCAL_ONLY = `@id("local-only")
forbid (principal, action == Action::"call", resource)
when { context.method == "POST" }
unless { context has model && context.model == "llama3.2" };`;

let engine: Awaited<ReturnType<typeof startEchoEngine>>;
let folder: string;
let at: Stack;

beforeAll(async () => {
  engine = await startEchoEngine();
  folder = await mkdtemp(join(tmpdir(), "attach-policies-"));
  await writeFile(join(folder, "models.cedar"), LOCAL_ONLY);
  at = await startStack({ ENGINE_URL: engine.url, POLICY_DIR: folder });
});
afterAll(async () => {
  await at.stop();
  await engine.close();
  await rm(folder, { recursive: true });
});

/** A request line and headers on a socket of our own, and what has come back so far. */
async function begin(
  token: string,
  { path = "/api/chat", headers = "" },
): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(at.gateway.port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", (piece: string) => {
    text += piece;
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`,
  );
  return { socket, text: () => text };
}

describe("T11: a body that policies wait for", () => {
  const BODY = '{"model":"llama3.2"}';
  const asking = `Content-Length: ${BODY.length}\r\nExpect: 100-continue\r\n`;

  test("S15: who waits for leave to send is told once, after token and scope, and the body arrives whole", async () => {
    const { socket, text } = await begin(await at.agentToken("alice", { scope: "llm:read" }), {
      headers: asking,
    });
    await expect.poll(text).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    const before = engine.requests.length;
    socket.write(BODY);
    await expect.poll(text).toContain("HTTP/1.1 200 OK");
    expect(text().split("100 Continue")).toHaveLength(2);
    expect(engine.requests.slice(before).map(({ body }) => body.toString())).toEqual([BODY]);
    socket.destroy();
  });

  test("S15: a body is not asked for where token or scope refuse already", async () => {
    const token = await at.agentToken("alice", { scope: "llm:read" });
    const refused: readonly (readonly [string, { path?: string; headers: string }, string])[] = [
      [token, { path: "/api/pull", headers: asking }, "403"],
      [`${token}x`, { headers: asking }, "401"],
    ];
    for (const [bearer, request, status] of refused) {
      const { socket, text } = await begin(bearer, request);
      await expect.poll(text).toContain(`HTTP/1.1 ${status}`);
      expect(text()).not.toContain("100 Continue");
      socket.destroy();
    }
  });

  test("T11: one too large to be read for its model is refused before it is sent, and on the record", async () => {
    const token = await at.agentToken("alice", { scope: "llm:read" });
    const { socket, text } = await begin(token, { headers: "Content-Length: 9000000\r\n" });
    await expect.poll(text).toContain("HTTP/1.1 403");
    await expect.poll(() => socket.readyState, { timeout: 10_000 }).toBe("closed");
    const reasons = () => {
      const db = new DatabaseSync(join(at.gateway.folder, "attach.db"), { readOnly: true });
      try {
        return db.prepare("select reason from audit_events where action = 'request.deny'").all();
      } finally {
        db.close();
      }
    };
    await expect.poll(reasons).toContainEqual({ reason: "403 scope=llm:read model_unreadable" });
    socket.destroy();
  });

  test("T05: revoking a token ends its request that still sends, and nothing of it reaches the engine", async () => {
    const token = await at.agentToken("alice", { agent: "slow-agent", scope: "llm:read" });
    const { socket, text } = await begin(token, { headers: "Content-Length: 1000\r\n" });
    socket.write('{"model":"llama3.2",');
    await new Promise((passed) => setTimeout(passed, 200));
    const before = engine.requests.length;
    const form = new URLSearchParams({ token, client_id: "slow-agent" });
    expect((await fetch(`${at.gateway.url}/oauth/revoke`, { method: "POST", body: form })).status).toBe(200);
    await expect.poll(text).toContain("HTTP/1.1 401");
    await expect.poll(() => socket.readyState, { timeout: 10_000 }).toBe("closed");
    expect(engine.requests).toHaveLength(before);
    socket.destroy();
  });

  test("a client that goes away while it sends leaves nothing behind", async () => {
    const token = await at.agentToken("alice", { scope: "llm:read" });
    for (let n = 0; n < 20; n++) {
      const { socket } = await begin(token, { headers: "Content-Length: 1000\r\n" });
      socket.write('{"model"');
      socket.destroy();
    }
    const answer = await at.call("/api/chat", token, { method: "POST", body: BODY });
    expect(answer.status).toBe(200);
  });

  test("a request without a body is asked about without a model", async () => {
    const token = await at.agentToken("alice", { scope: "llm:read" });
    expect((await at.call("/api/tags", token)).status).toBe(200);
    expect((await at.call("/api/chat", token, { method: "POST" })).status).toBe(403);
  });
});
