import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SECRET_SKILL } from "../support/a2a-agent.ts";
import { type A2aStack, message, startA2a } from "../support/a2a-stack.ts";

let a2a: A2aStack;
beforeAll(async () => {
  a2a = await startA2a({ legacy: true });
});
afterAll(() => a2a?.close());

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

/** A server that answers what it is told to, and keeps what it was asked. */
async function startLiar(
  answer: (path: string, url: string, body: string) => { status?: number; type?: string; body: string },
) {
  const asked: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? "", authorization: request.headers.authorization });
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => void pieces.push(piece));
    request.on("end", () => {
      const sent = Buffer.concat(pieces).toString();
      const { status = 200, type = "application/json", body } = answer(request.url ?? "", url(), sent);
      response.writeHead(status, { "content-type": type, location: "http://127.0.0.1:1/" }).end(body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cleanUp.push(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return { url: url(), asked };
}

const card = (url: string, more: object = {}) =>
  JSON.stringify({
    name: "Liar",
    description: "",
    version: "1",
    supportedInterfaces: [{ url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: {},
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
    ...more,
  });

let agents = 0;
async function registerLiar(url: string): Promise<string> {
  const id = `liar-${++agents}`;
  await a2a.at.register(id, { endpoint: { url, protocol: "a2a", resource: `${url}/` } });
  return id;
}

const send = (id: string, method = "SendMessage", params: object = message("x")) =>
  fetch(`${a2a.at.url}/a2a/agents/${id}/rpc`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "a2a-version": "1.0",
      authorization: `Bearer ${a2a.at.userToken()}`,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });

const cardOf = async (id: string) =>
  (await fetch(`${a2a.at.url}/a2a/agents/${id}/.well-known/agent-card.json`)).text();

describe("a hostile card", () => {
  test("S18: cannot lead tokens to another origin than the agent is registered at", async () => {
    const thief = await startLiar(() => ({ body: "{}" }));
    const liar = await startLiar((_path, own) => ({ body: card(own, interfacesAt(thief.url)) }));
    const id = await registerLiar(liar.url);
    expect(await cardOf(id)).not.toContain(thief.url);
    expect(await (await send(id)).json()).toMatchObject({ error: { code: -32004 } });
    expect(thief.asked).toEqual([]);
  });

  test("A02: leaks no address, no scheme and no signature of the agent's, and nothing that runs", async () => {
    const odd = {
      signatures: [{ protected: "e30", signature: "AAAA" }],
      securitySchemes: { inner: { apiKeySecurityScheme: { name: "X-Inner", location: "header" } } },
      documentationUrl: "javascript:alert(1)",
      iconUrl: "data:text/html,x",
      internal: "http://10.1.2.3/admin",
      additionalInterfaces: [{ url: "http://10.1.2.3/", transport: "GRPC" }],
    };
    const liar = await startLiar((_path, own) => ({
      body: card(own, { ...odd, supportedInterfaces: [...own2(own), grpc(own)] }),
    }));
    const text = await cardOf(await registerLiar(liar.url));
    for (const leak of [
      liar.url,
      "10.1.2.3",
      "X-Inner",
      "javascript:",
      "data:text",
      "GRPC",
      "AAAA",
      "internal",
    ])
      expect(text).not.toContain(leak);
  });

  test.each([
    ["too large", () => ({ body: card("http://x", { description: "x".repeat(400_000) }) })],
    ["no JSON", () => ({ body: "<html>" })],
    ["a redirect", () => ({ status: 302, body: "" })],
    ["without a name", () => ({ body: "{}" })],
  ])("one that is %s is 502, without the address", async (_what, answer) => {
    const liar = await startLiar(answer);
    const id = await registerLiar(liar.url);
    const response = await fetch(`${a2a.at.url}/a2a/agents/${id}/.well-known/agent-card.json`);
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain("127.0.0.1");
  });

  test.each(["http://127.0.0.2:9/", "http://169.254.169.254/", "http://[::1]:9/", "http://10.0.0.1/"])(
    "S18: is not fetched from %s, and no call goes there",
    async (url) => {
      const id = await registerLiar(url);
      expect((await fetch(`${a2a.at.url}/a2a/agents/${id}/.well-known/agent-card.json`)).status).toBe(502);
      expect((await send(id)).status).toBe(502);
    },
  );
});

const own2 = (url: string) => [{ url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }];
const grpc = (url: string) => ({ url, protocolBinding: "GRPC", protocolVersion: "1.0" });
const interfacesAt = (url: string) => ({ supportedInterfaces: own2(url) });

describe("a hostile agent", () => {
  const answering = async (body: string, more: { status?: number; type?: string } = {}) =>
    registerLiar(
      (
        await startLiar((path, own) =>
          path.startsWith("/.well-known") ? { body: card(own) } : { ...more, body },
        )
      ).url,
    );
  const result = (task: object) => JSON.stringify({ jsonrpc: "2.0", id: 1, result: task });

  test("A03: cannot show one user's task to another: what is somebody's stays theirs", async () => {
    const id = await answering(result({ task: { id: "t1", contextId: "c1", status: { state: "X" } } }));
    expect((await (await send(id)).json()) as object).toHaveProperty("result");
    const bob = await fetch(`${a2a.at.url}/a2a/agents/${id}/rpc`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "a2a-version": "1.0",
        authorization: `Bearer ${a2a.at.userToken({ sub: "bob" })}`,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "SendMessage", params: message("x") }),
    });
    expect(await bob.json()).toMatchObject({ error: { code: -32006 } });
  });

  /** An agent that answers by operation: sends make the task `mine`. */
  async function byMethod(answers: Readonly<Record<string, object>>, type = "application/json") {
    const liar = await startLiar((path, own, body) => {
      if (path.startsWith("/.well-known")) return { body: card(own) };
      const { method } = JSON.parse(body) as { method: string };
      const answer = JSON.stringify({ jsonrpc: "2.0", id: 1, ...answers[method] });
      return method === "SendMessage"
        ? { body: result({ task: { id: "mine", contextId: "c", status: { state: "X" } } }) }
        : { type, body: type === "application/json" ? answer : `data: ${answer}\n\n` };
    });
    const id = await registerLiar(liar.url);
    await send(id);
    return id;
  }
  const foreign = { id: "theirs", contextId: "theirs", status: { state: "X" } };

  test.each([
    ["another task", { result: foreign }],
    ["another task, wrapped", { result: { task: foreign } }],
    ["another task beside an error", { error: null, result: foreign }],
    ["another task beside an error of its own", { error: { code: 1, message: "x" }, result: foreign }],
  ])("A02: that is asked for one task and answers with %s is not passed on", async (_what, answer) => {
    const id = await byMethod({ GetTask: answer, CancelTask: answer });
    for (const method of ["GetTask", "CancelTask"])
      expect(await (await send(id, method, { id: "mine" })).json()).toMatchObject({
        error: { code: -32006 },
      });
  });

  test.each([
    ["application/json", { error: null, result: { tasks: [foreign], totalSize: 9, others: [foreign] } }],
    ["application/json", { result: { tasks: [foreign], all: { tasks: [foreign] } } }],
    ["text/event-stream", { result: { tasks: [foreign] } }],
  ])("A03: that lists other people's tasks as %s shows none: %j", async (type, answer) => {
    const id = await byMethod({ ListTasks: answer }, type);
    expect(await (await send(id, "ListTasks", {})).text()).not.toContain("theirs");
  });

  test("S17: its 401 is not ours: 502", async () => {
    const id = await answering("{}", { status: 401 });
    const response = await send(id);
    expect(response.status).toBe(502);
    expect(response.headers.get("www-authenticate")).toBeNull();
  });

  test.each([
    ["a page", { type: "text/html", status: 200 }, "<script>alert(1)</script>"],
    ["a redirect", { status: 307 }, ""],
    ["junk in a stream", { type: "text/event-stream" }, "data: junk\n\n"],
  ])("answers %s: an error of ours, and nothing of it", async (_what, more, body) => {
    const text = await (await send(await answering(body, more))).text();
    expect(text).toContain('"error"');
    for (const leak of ["<script>", "junk", "127.0.0.1"]) expect(text).not.toContain(leak);
  });
});

describe("a forged caller", () => {
  test("S16: no header of the caller's says who calls, in any spelling", async () => {
    const forged = {
      "x-attach-user": "root",
      X_Attach_User: "root",
      "x-attach-agent": "boss",
      "x-attach-issuer": "https://evil.example",
      "x-forwarded-user": "root",
      cookie: "session=1",
      dpop: "x",
      "x-api-key": "stolen",
      "proxy-authorization": "Basic eA==",
      connection: "keep-alive, x-attach-session",
    };
    const { connection: _connection, ...sent } = forged;
    await a2a.rpc("SendMessage", message("tck-complete-task"), { headers: sent });
    const seen = a2a.agent.calls.at(-1) ?? {};
    expect(seen).toMatchObject({ "x-attach-user": "alice", "x-attach-issuer": a2a.at.issuer.issuer });
    for (const name of ["cookie", "dpop", "x-api-key", "x_attach_user", "x-attach-agent", "x-forwarded-user"])
      expect(seen).not.toHaveProperty(name);
    expect(decodeJwt(seen.authorization?.slice(7) ?? "")["sub"]).toBe("alice");
  });

  test("A04: an agent that is in the chain already is not called again, and one that may not hand on is refused", async () => {
    const loop = await a2a.at.issue({ subject_token: a2a.at.userToken(), client_id: "planner" });
    await a2a.at.register("closed", { mayDelegateTo: ["nobody-but-this-one"] });
    expect((await a2a.rpc("SendMessage", message("x"), { token: loop })).status).toBe(200);
    const closed = await a2a.at.register("closed-2", { mayDelegateTo: ["another"] });
    const token = await a2a.at.issue({ ...closed.credential(), subject_token: a2a.at.userToken() });
    const { status, body } = await a2a.rpc("SendMessage", message("x"), { token });
    expect([status, body.error?.code]).toEqual([403, 403]);
  });
});

describe("the extended card", () => {
  test.each(["rpc", "rest"] as const)(
    "A02: over %s is for who asks: at our addresses, less what they may not use",
    async (binding) => {
      const ask = async (sub: string) => {
        const asked = { token: a2a.at.userToken({ sub }) };
        return binding === "rpc"
          ? (await a2a.rpc("GetExtendedAgentCard", {}, asked)).body.result
          : (await a2a.rest("GET", "/extendedAgentCard", undefined, asked)).body;
      };
      const alices = JSON.stringify(await ask("alice"));
      expect(alices).toContain(`${a2a.base}/rpc`);
      expect(alices).toContain('"talk"');
      expect(alices).not.toContain(SECRET_SKILL.id);
      expect(alices).not.toContain(a2a.agent.url);
      expect(JSON.stringify(await ask("root"))).toContain(SECRET_SKILL.id);
      expect(await cardOf("coder")).not.toContain(SECRET_SKILL.id);
    },
  );
});
