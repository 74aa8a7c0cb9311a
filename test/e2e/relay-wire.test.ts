import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { askRaw, connectRaw } from "../support/relay/raw-client.ts";
import { type RawEngine, startRawEngine } from "../support/relay/raw-engine.ts";
import { type Rig, startRig } from "../support/relay/rig.ts";

/** Requests that two servers could read differently: none of them reaches the engine. */
let engine: RawEngine;
let rig: Rig;
beforeAll(async () => {
  engine = await startRawEngine();
  rig = await startRig(engine.url, { MAX_BODY: "100KiB" });
});
afterAll(async () => {
  await rig.stop();
  engine.close();
});
beforeEach(() => {
  engine.calls.length = 0;
});

const request = (line: string, headers = "", body = "") =>
  `${line} HTTP/1.1\r\nHost: g\r\n${rig.bearer}${headers}\r\n${body}`;

/** The status of the first answer; the engine must not have heard of the request. */
async function refusal(bytes: string): Promise<number> {
  const client = await connectRaw(rig.url);
  client.send(bytes);
  const text = await client.sees(/^HTTP\/1\.1 \d{3}/);
  client.socket.destroy();
  await new Promise((wake) => setTimeout(wake, 20));
  // By its own path: what an earlier test cut short may still be on its way to the engine.
  const path = bytes.split(" ", 2)[1] ?? "";
  expect(engine.calls.map((call) => call.line).filter((line) => line.includes(` ${path} `))).toEqual([]);
  return Number(text.slice(9, 12));
}

describe("S14: request targets", () => {
  test.each([
    "http://127.0.0.1/api/tags",
    "http://evil.test/api/tags",
    "//api/tags",
    "/api//tags",
    "/api/./tags",
    "/api/chat/../pull",
    "/api/chat/%2e%2e/pull",
    "/api/chat/%2E./pull",
    "/api/pull;x",
    "/api\\pull",
    "/api%2fpull",
    "/api%5Cpull",
    "/api/pull%00",
    "/api/%2570ull",
    "/api/pull%3Fx",
    "/api/pull%23",
    "/api/pull%0d%0aX-Attach-User:%20bob",
    "/api/pull%zz",
    "/api/blob%C5%BF",
    "/api/tags#x",
    "*",
    "api/tags",
  ])("%s is refused", async (target) => {
    expect(await refusal(request(`GET ${target}`))).toBe(400);
  });

  test.each(["/api/pull", "/API/pull/", "/api/%70ull", "/%61pi/PULL?x=/api/chat", "/v1/files/x"])(
    "%s is a dangerous path under every spelling and method: 403",
    async (target) => {
      for (const method of ["POST", "GET", "PROPFIND"]) {
        expect(await refusal(request(`${method} ${target}`, "X-HTTP-Method-Override: GET\r\n"))).toBe(403);
      }
    },
  );
});

describe("S15: framing", () => {
  const smuggled = "GET /smuggled HTTP/1.1\r\nHost: g\r\n\r\n";
  test.each([
    ["both framings", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", `0\r\n\r\n${smuggled}`],
    ["both, the other way", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${smuggled}`],
    ["two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", `12345${smuggled}`],
    ["the same length twice", "Content-Length: 5\r\nContent-Length: 5\r\n", "12345"],
    ["a list of lengths", "Content-Length: 5, 5\r\n", "12345"],
    ["a signed length", "Content-Length: +5\r\n", "12345"],
    ["a length in hexadecimal", "Content-Length: 0x5\r\n", "12345"],
    ["an unknown coding", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"],
    ["a coding beneath chunked", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"],
    ["chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"],
    ["chunked that is not last", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"],
    ["a space before the colon", "Content-Length : 5\r\n", "12345"],
    ["a folded header", "X-A: 1\r\n X-Attach-User: bob\r\n", ""],
    ["a bare line feed", "X-A: 1\nX-Attach-User: bob\r\n", ""],
    ["a NUL in a value", "X-A: 1\0\r\n", ""],
  ])("%s: 400", async (_name, headers, body) => {
    expect(await refusal(request("POST /api/chat", headers, body))).toBe(400);
  });

  test("a chunk whose size is no number ends the request, and the engine never sees it whole", async () => {
    const client = await connectRaw(rig.url);
    client.send(request("POST /cut-short", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nzz\r\n"));
    await client.ends();
    expect(engine.calls[0]?.received().toString() ?? "").not.toMatch(/\r\n0\r\n\r\n$/);
  });

  test("a coding on HTTP/1.0: 400", async () => {
    expect(
      await refusal(`POST /x HTTP/1.0\r\n${rig.bearer}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    ).toBe(400);
  });

  test("two Authorization headers: 400, even equal ones, in any case", async () => {
    expect(await refusal(request("GET /api/tags", rig.bearer))).toBe(400);
    expect(await refusal(request("GET /api/tags", "AUTHORIZATION: Basic x\r\n"))).toBe(400);
  });

  test.each(["a b", "a,b", "\xfc.b.c", "a.b.c\t", "="])(
    "a bearer that is no token (%j): 401",
    async (text) => {
      const bytes = `GET /api/tags HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer ${text}\r\n\r\n`;
      expect(await refusal(bytes)).toBe(401);
    },
  );

  test("no Upgrade: the request goes on as a plain one", async () => {
    const upgrade =
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c, websocket\r\nHTTP2-Settings: AAA\r\n";
    expect(await askRaw(rig.url, request("GET /x", upgrade))).toMatch(/^HTTP\/1\.1 200 /);
    expect(engine.calls[0]?.headers.join("\n")).not.toMatch(/upgrade|settings|h2c/i);
  });

  test("a head beyond the limit: 431", async () => {
    expect(await refusal(request("GET /x", `X-Big: ${"x".repeat(20_000)}\r\n`))).toBe(431);
  });
});

describe("S15: Expect", () => {
  const expecting = "Expect: 100-continue\r\n";

  test("is answered only after authentication and authorization", async () => {
    const bare = `POST /api/chat HTTP/1.1\r\nHost: g\r\n${expecting}Content-Length: 5\r\n\r\n`;
    const client = await connectRaw(rig.url);
    client.send(bare);
    expect(await client.sees(/^HTTP\/1\.1 \d+/)).toMatch(/^HTTP\/1\.1 401/);
    expect(client.text()).not.toContain("100 Continue");
    expect(await refusal(request("POST /api/pull", `${expecting}Content-Length: 5\r\n`))).toBe(403);
  });

  test("is granted to a request that passes, and its body then goes through", async () => {
    const client = await connectRaw(rig.url);
    client.send(request("POST /api/chat", `${expecting}Content-Length: 5\r\n`));
    await client.sees(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send("hello");
    await client.sees(/HTTP\/1\.1 200 OK\r\n/);
    expect((await engine.called()).received().toString()).toBe("hello");
    expect(engine.calls[0]?.headers.join("\n")).not.toMatch(/expect/i);
    client.socket.destroy();
  });

  test("is not granted to a body that would be too large: 413", async () => {
    const client = await connectRaw(rig.url);
    client.send(request("POST /api/chat", `${expecting}Content-Length: 102401\r\n`));
    expect(await client.sees(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 413 /);
    expect(engine.calls).toHaveLength(0);
  });

  test("any other expectation: 417", async () => {
    expect(await refusal(request("POST /api/chat", "Expect: 200-ok\r\nContent-Length: 5\r\n"))).toBe(417);
  });
});

describe("the body limit", () => {
  test("refuses a declared length with 413 before the engine is called", async () => {
    expect(await refusal(request("POST /x", "Content-Length: 102401\r\n", "y".repeat(1000)))).toBe(413);
  });

  test("stops a chunked body on the way with 413, and the engine's connection with it", async () => {
    engine.answer = () => {};
    const client = await connectRaw(rig.url);
    client.send(request("POST /x", "Transfer-Encoding: chunked\r\n"));
    const chunk = `2000\r\n${"z".repeat(0x2000)}\r\n`;
    for (let sent = 0; sent < 16; sent += 1) client.send(chunk);
    expect(await client.sees(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 413 /);
    const call = await engine.called();
    await call.closed;
    expect(call.received().length).toBeLessThan(110_000);
    client.socket.destroy();
  });

  test.each([
    [413, "/x", true],
    [403, "/api/pull", true],
    [401, "/x", false],
  ])("a client that is still sending gets to see its %i, every time", async (status, path, isKnown) => {
    const body = Buffer.alloc(8 * 1024 * 1024, "x");
    const headers = { authorization: isKnown ? `Bearer ${rig.token}` : "Bearer none" };
    for (let time = 0; time < 8; time += 1) {
      const answer = await fetch(`${rig.url}${path}`, { method: "POST", body, headers });
      expect(answer.status).toBe(status);
    }
  });

  test("a client that never stops sending to a refusal is cut off", async () => {
    const client = await connectRaw(rig.url);
    client.send(request("POST /x", "Content-Length: 1000000000\r\n", "y".repeat(1000)));
    expect(await client.ends()).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("lets a body of exactly the limit through", async () => {
    engine.answer = ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const answer = await askRaw(
      rig.url,
      request("POST /x", "Content-Length: 102400\r\n", "y".repeat(102_400)),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(engine.calls[0]?.received().length).toBe(102_400);
  });
});
