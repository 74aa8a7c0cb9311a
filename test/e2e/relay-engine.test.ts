import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { askRaw, connectRaw } from "../support/relay/raw-client.ts";
import { type RawCall, type RawEngine, startRawEngine } from "../support/relay/raw-engine.ts";
import { type Rig, startRig } from "../support/relay/rig.ts";

/** Engines that misbehave: never a 200 made of trouble, and no connection is used again after doubt. */
let engine: RawEngine;
let rig: Rig;
beforeAll(async () => {
  engine = await startRawEngine();
  rig = await startRig(engine.url, { ENGINE_FIRST_BYTE_TIMEOUT: "300ms", ENGINE_IDLE_TIMEOUT: "300ms" });
});
afterAll(async () => {
  await rig.stop();
  engine.close();
});
beforeEach(() => {
  engine.calls.length = 0;
});
afterEach(() => {
  expect(rig.gateway.output()).not.toMatch(/unhandled|uncaught/i);
});

const OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
const request = (line: string, headers = "", body = "") =>
  `${line} HTTP/1.1\r\nHost: g\r\n${rig.bearer}${headers}\r\n${body}`;
const says =
  (bytes: string) =>
  ({ socket }: RawCall) =>
    void socket.write(bytes, "latin1");
const ends =
  (bytes: string) =>
  ({ socket }: RawCall) =>
    void socket.end(bytes, "latin1");

/** Status and problem code of what the caller is told. */
async function told(path = "/x"): Promise<[number, string | undefined]> {
  const answer = await askRaw(rig.url, request(`GET ${path}`));
  expect(answer, "never names the engine's address (S18)").not.toContain(new URL(engine.url).port);
  return [Number(answer.slice(9, 12)), /"code":"(\w+)"/.exec(answer)?.[1]];
}

describe("R05: instead of an answer", () => {
  test.each<[string, RawEngine["answer"], number, string]>([
    [
      "S15: 101 unasked",
      says("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
      502,
      "upstream_invalid_response",
    ],
    ["S15: 101 without Upgrade", says("HTTP/1.1 101 Switching\r\n\r\n"), 502, "upstream_invalid_response"],
    [
      "S15: both framings",
      says(`${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`),
      502,
      "upstream_invalid_response",
    ],
    [
      "S15: two lengths",
      says(`${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`),
      502,
      "upstream_invalid_response",
    ],
    [
      "S15: a coding beneath chunked",
      says(`${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`),
      502,
      "upstream_invalid_response",
    ],
    [
      "S15: an unknown coding",
      ends(`${OK}Transfer-Encoding: xyz\r\n\r\nabc`),
      502,
      "upstream_invalid_response",
    ],
    ["garbage", says("SSH-2.0-OpenSSH_9.2\r\n\r\n"), 502, "upstream_invalid_response"],
    ["a head without end", says(`${OK}X-Big: ${"x".repeat(70_000)}`), 502, "upstream_invalid_response"],
    ["nothing, closed", ({ socket }) => socket.end(), 502, "upstream_unreachable"],
    ["half a head, closed", ends("HTTP/1.1 200 OK\r\nContent-"), 502, "upstream_unreachable"],
    ["a reset", ({ socket }) => socket.resetAndDestroy(), 502, "upstream_unreachable"],
    ["silence", () => {}, 504, "upstream_timeout"],
    [
      "S17: 401",
      says("HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n"),
      502,
      "upstream_unauthorized",
    ],
    ["S17: 407", says("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"), 502, "upstream_unauthorized"],
  ])("%s: %i", async (_name, answer, status, code) => {
    engine.answer = answer;
    expect(await told()).toEqual([status, code]);
    engine.answer = says(`${OK}Content-Length: 2\r\n\r\nok`);
    expect((await told())[0], "the next request is none the worse").toBe(200);
  });

  test("the dialect of the path tells it: OpenAI's and Ollama's SDKs show the reason", async () => {
    engine.answer = ({ socket }) => socket.end();
    const openAi = await askRaw(rig.url, request("GET /v1/models"));
    expect(JSON.parse(openAi.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      error: { code: "upstream_unreachable" },
    });
    const ollama = await askRaw(rig.url, request("GET /api/tags"));
    expect(JSON.parse(ollama.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: expect.any(String) });
    expect(ollama).toMatch(/\r\nX-Attach-Session-Id: [0-9a-f]{64}\r\n/i);
  });

  test("no engine at all: 502", async () => {
    const nobody = await startRig(`http://127.0.0.1:${await freePort()}`);
    try {
      const answer = await askRaw(nobody.url, `GET /x HTTP/1.1\r\nHost: g\r\n${nobody.bearer}\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    } finally {
      await nobody.stop();
    }
  });
});

describe("S15: interim answers", () => {
  test("are consumed: the caller sees the final one alone", async () => {
    engine.answer = says(
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Early: 1\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
    );
    const answer = await askRaw(rig.url, request("GET /x"));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).not.toMatch(/early|link/i);
  });
});

describe("S15: an engine's connection", () => {
  test("is used again after a clean end, and only then", async () => {
    engine.answer = says(`${OK}Content-Length: 2\r\n\r\nok`);
    await told();
    const before = engine.connections();
    await told();
    expect(engine.connections()).toBe(before);
    engine.answer = says(`${OK}Connection: close\r\nContent-Length: 2\r\n\r\nok`);
    await told();
    engine.answer = says(`${OK}Content-Length: 2\r\n\r\nok`);
    await told();
    expect(engine.connections()).toBe(before + 1);
  });

  test("is dropped for bytes that nobody asked for, and they answer no later request", async () => {
    engine.answer = says(
      `${OK}Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nplant!`,
    );
    expect(await askRaw(rig.url, request("GET /first"))).toMatch(/\r\n\r\nok$/);
    const call = await engine.called();
    await call.closed;
    engine.answer = says(`${OK}Content-Length: 5\r\n\r\nclean`);
    expect(await askRaw(rig.url, request("GET /second"))).toMatch(/\r\n\r\nclean$/);
  });

  test("is dropped after an early answer with the body still coming; the caller gets the answer", async () => {
    engine.answer = says("HTTP/1.1 507 Full\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfull");
    const client = await connectRaw(rig.url);
    client.send(request("POST /x", "Content-Length: 1000000\r\n", "y".repeat(1000)));
    expect(await client.sees(/full$/)).toMatch(/^HTTP\/1\.1 507 Full\r\n/);
    const call = await engine.called();
    await call.closed;
    // Nobody reads on for ever.
    await client.ends();
  });
});

describe("R05: an answer that breaks off", () => {
  test.each<[string, string]>([
    ["with a length", `${OK}Content-Length: 100\r\n\r\npart`],
    ["in chunks", `${OK}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n`],
  ])("%s: the caller's connection is cut, so that it cannot pass for whole", async (_name, bytes) => {
    engine.answer = ({ socket }) => {
      socket.write(bytes, "latin1", () => setTimeout(() => socket.destroy(), 30));
    };
    const client = await connectRaw(rig.url);
    client.send(request("GET /x"));
    const text = await client.ends();
    expect(text).toContain("part");
    expect(text).not.toMatch(/\r\n0\r\n/);
  });

  test("for an HTTP/1.0 caller, who knows no chunks: the connection is reset", async () => {
    engine.answer = ({ socket }) => {
      socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n`, () =>
        setTimeout(() => socket.destroy(), 30),
      );
    };
    const client = await connectRaw(rig.url);
    const error = once(client.socket, "error");
    client.send(`GET /x HTTP/1.0\r\n${rig.bearer}\r\n`);
    expect(await error).toMatchObject([{ code: "ECONNRESET" }]);
    expect(client.text()).not.toMatch(/transfer-encoding/i);
  });

  test("by silence in the middle: cut after the idle timeout", async () => {
    engine.answer = says(`${OK}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n`);
    const client = await connectRaw(rig.url);
    client.send(request("GET /x"));
    expect(await client.ends()).toContain("part");
    await (await engine.called()).closed;
  });
});
