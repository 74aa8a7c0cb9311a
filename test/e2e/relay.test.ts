import { once } from "node:events";
import { METHODS } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { askRaw, connectRaw } from "../support/relay/raw-client.ts";
import { type RawEngine, startRawEngine } from "../support/relay/raw-engine.ts";
import { type Rig, startRig } from "../support/relay/rig.ts";

/** What passes through unchanged, what is taken away, what is stamped: byte for byte on both sides. */
let engine: RawEngine;
let rig: Rig;
beforeAll(async () => {
  engine = await startRawEngine();
  rig = await startRig(engine.url);
});
afterAll(async () => {
  await rig.stop();
  engine.close();
});
const plain = answers("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
beforeEach(() => {
  engine.calls.length = 0;
  engine.answer = plain;
});

function answers(bytes: string): RawEngine["answer"] {
  return ({ socket }) => void socket.write(bytes, "latin1");
}
const head = (...lines: string[]) => `${lines.join("\r\n")}\r\n`;
const request = (line: string, headers = "", body = "") =>
  `${line} HTTP/1.1\r\nHost: g\r\n${rig.bearer}${headers}\r\n${body}`;
const header = (call: { headers: readonly string[] }, name: string) =>
  call.headers.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));

describe("requests", () => {
  test.each(METHODS.filter((method) => method !== "CONNECT"))(
    "R02: %s reaches the engine",
    async (method) => {
      const client = await connectRaw(rig.url);
      client.send(request(`${method} /any/Path%20x?q=%2Fa&b`));
      expect(await client.sees(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      client.socket.destroy();
      expect((await engine.called()).line).toBe(`${method} /any/Path%20x?q=%2Fa&b HTTP/1.1`);
    },
  );

  test("S15: CONNECT opens nothing", async () => {
    const client = await connectRaw(rig.url);
    client.send(request("CONNECT engine:11434"));
    expect(await client.ends()).not.toMatch(/^HTTP\/1\.1 2/);
    expect(engine.calls).toHaveLength(0);
  });

  test("R02: a body passes byte for byte, whatever it says it is", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    for (const type of ["application/json", "multipart/form-data; boundary=x", ";;nonsense", ""]) {
      engine.calls.length = 0;
      const client = await connectRaw(rig.url);
      const contentType = type === "" ? "" : `Content-Type: ${type}\r\n`;
      client.send(request("POST /api/chat", `${contentType}Content-Length: 256\r\n`));
      client.send(bytes);
      await client.sees(/\{\}$/);
      const call = await engine.called();
      expect(call.received().equals(bytes)).toBe(true);
      expect(header(call, "content-type")).toEqual(type === "" ? [] : [`Content-Type: ${type}`]);
      client.socket.destroy();
    }
  });

  test("R05: an empty body stays one, and a chunked body of unknown length arrives whole", async () => {
    await askRaw(rig.url, request("POST /a", "Content-Length: 0\r\n"));
    expect(header(await engine.called(1), "content-length")).toEqual(["content-length: 0"]);
    await askRaw(
      rig.url,
      request("POST /b", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"),
    );
    const call = await engine.called(2);
    expect(header(call, "transfer-encoding")).toEqual(["transfer-encoding: chunked"]);
    expect(
      call
        .received()
        .toString()
        .replaceAll(/[0-9]\r\n|\r\n/g, ""),
    ).toBe("abcdefg");
    await askRaw(rig.url, request("GET /c", "Content-Length: 3\r\n", "xyz"));
    expect((await engine.called(3)).received().toString()).toBe("xyz");
  });

  test("S15: request trailers are dropped", async () => {
    const trailers = "X-Attach-User: bob\r\nX-Evil: 1\r\n";
    await askRaw(
      rig.url,
      request(
        "POST /a",
        "Transfer-Encoding: chunked\r\nTrailer: X-Evil\r\n",
        `1\r\na\r\n0\r\n${trailers}\r\n`,
      ),
    );
    const call = await engine.called();
    expect(call.received().toString()).toBe("1\r\na\r\n0\r\n\r\n");
    expect(call.headers.join("\n")).not.toMatch(/evil|bob|trailer/i);
  });
});

describe("what the engine is told", () => {
  test("R04: it is told the verified user and session, and never sees the bearer", async () => {
    const answer = await askRaw(rig.url, request("GET /api/tags", "User-Agent: probe/1\r\n"));
    const call = await engine.called();
    expect(header(call, "X-Attach-User")).toEqual(["X-Attach-User: alice"]);
    expect(header(call, "X-Attach-Issuer")).toEqual([`X-Attach-Issuer: ${rig.issuer.issuer}`]);
    expect(header(call, "X-Attach-Session")[0]).toMatch(/^X-Attach-Session: [0-9a-f]{64}$/);
    expect(header(call, "X-Attach-Agent")).toEqual([]);
    expect(call.headers.join("\n")).not.toContain(rig.token);
    expect(header(call, "authorization")).toEqual([]);
    const session = header(call, "X-Attach-Session")[0]?.slice(18);
    expect(answer).toContain(`X-Attach-Session-Id: ${session}\r\n`);
    const id = /X-Request-Id: (\S+)\r\n/.exec(answer)?.[1];
    expect(header(call, "X-Request-Id")).toEqual([`X-Request-Id: ${id}`]);
  });

  test.each([
    "X-Attach-User: bob",
    "x-attach-user: bob",
    "X_Attach_User: bob",
    "X.Attach.User: bob",
    "X-Attach_User: bob",
    "X-ATTACH-ANYTHING: bob",
    "X!Attach~Session: bob",
    "Authorization2: keep\r\nProxy-Authorization: Basic bob",
    "Cookie: bob=1",
    "DPoP: bob",
    "Forwarded: for=bob",
    "X-Forwarded-For: bob",
    "X_Forwarded_Host: bob",
    "X-Real-IP: bob",
    "X-Original-URL: /bob",
    "X-Rewrite-URL: /bob",
    "X-HTTP-Method-Override: BOB",
    "X-HTTP-Method: BOB",
    "X-Method-Override: BOB",
    "X-Request-Id: bob",
    "Proxy: bob",
    "Keep-Alive: bob",
    "TE: bob",
    "Upgrade: bob",
    "HTTP2-Settings: bob",
    "Origin: https://bob",
  ])("S16: %s does not pass", async (line) => {
    await askRaw(rig.url, request("GET /x", `${line}\r\nX-Mine: kept\r\n`));
    const call = await engine.called();
    expect(call.headers.join("\n")).not.toMatch(/bob/i);
    expect(header(call, "X-Mine")).toEqual(["X-Mine: kept"]);
    expect(header(call, "X-Attach-User")).toEqual(["X-Attach-User: alice"]);
  });

  test("S16: a stamp cannot be nominated away, what is nominated goes", async () => {
    const nominations = "Connection: X-Attach-User, X-Mine\r\nConnection: close, x_other, Content-Type\r\n";
    await askRaw(
      rig.url,
      request("GET /x", `${nominations}X-Mine: 1\r\nX-Other: 2\r\nContent-Type: a/b\r\nX-Third: 3\r\n`),
    );
    const call = await engine.called();
    expect(header(call, "X-Attach-User")).toEqual(["X-Attach-User: alice"]);
    for (const name of ["X-Mine", "X-Other", "Content-Type"]) expect(header(call, name)).toEqual([]);
    expect(header(call, "X-Third")).toEqual(["X-Third: 3"]);
    expect(header(call, "connection")).toEqual(["connection: keep-alive"]);
  });

  test("R05: everything else passes in its order, repetitions too, and the host is the engine's own", async () => {
    await askRaw(
      rig.url,
      request("GET /x", head("X-One: 1", "Accept: a/b", "X-Two: 2", "X-One: 3", "api-key: k")),
    );
    const call = await engine.called();
    const passed = call.headers.filter((line) => /^(x-one|accept|x-two|api-key):/i.test(line));
    expect(passed).toEqual(["X-One: 1", "Accept: a/b", "X-Two: 2", "X-One: 3", "api-key: k"]);
    expect(header(call, "host")).toEqual([`host: ${new URL(engine.url).host}`]);
  });
});

describe("responses", () => {
  test("R05: status, reason, headers and body come back unchanged", async () => {
    engine.answer = answers(
      `${head("HTTP/1.1 429 Slow Down Please", "X-A: 1", "x-b: caf\xe9", "X-A: 2", "Content-Type: application/json", "Content-Length: 3")}\r\nabc`,
    );
    const answer = await askRaw(rig.url, request("GET /x"));
    expect(answer).toMatch(
      /^HTTP\/1\.1 429 Slow Down Please\r\nX-A: 1\r\nx-b: caf\xe9\r\nX-A: 2\r\nContent-Type: application\/json\r\n/,
    );
    expect(answer).toMatch(/\r\nContent-Length: 3\r\n[\s\S]*\r\n\r\nabc$/);
  });

  test.each(["204", "304", "205"])("R05: %s ends with its head", async (status) => {
    engine.answer = answers(`HTTP/1.1 ${status} X\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n`);
    const client = await connectRaw(rig.url);
    client.send(request("GET /x"));
    expect(await client.sees(/\r\n\r\n/)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} X\\r\\nETag: "e"\\r\\n`));
    client.send(request("GET /again"));
    await engine.called(2);
    expect(await client.sees(/\r\n\r\nHTTP\/1\.1/)).not.toMatch(/transfer-encoding/i);
    client.socket.destroy();
  });

  test("R05: HEAD tells the length and sends no body", async () => {
    engine.answer = answers(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 123\r\n\r\n",
    );
    const client = await connectRaw(rig.url);
    client.send(request("HEAD /x"));
    expect(await client.sees(/\r\n\r\n$/)).toMatch(/\r\nContent-Length: 123\r\n/);
    client.send(request("GET /y"));
    await client.sees(/\r\n\r\nHTTP\/1\.1 200 OK/);
    client.socket.destroy();
  });

  test("R05: an answer that ends with its connection comes whole", async () => {
    engine.answer = ({ socket }) =>
      void socket.end("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end");
    expect(await askRaw(rig.url, request("GET /x"))).toContain("to the end");
  });

  test("R05: the engine's trailers come through, without what S17 takes away", async () => {
    engine.answer = ({ socket }) => {
      socket.write(
        head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum", "Content-Type: text/plain"),
      );
      socket.write("\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\nSet-Cookie: a=b\r\nX-Attach-User: bob\r\n\r\n");
    };
    const answer = await askRaw(rig.url, request("GET /x"));
    expect(answer).toMatch(/\r\nTrailer: X-Sum\r\n/);
    expect(answer).toMatch(/\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n$/);
  });

  test("S17: the engine sets no cookie, no CORS, no challenge, no identity; HTML is sandboxed", async () => {
    const taken = [
      "WWW-Authenticate: Basic",
      "Set-Cookie: a=b",
      "Access-Control-Allow-Origin: *",
      "access_control_allow_credentials: true",
      "X-Attach-User: bob",
      "x_attach_session_id: bob",
      "Alt-Svc: h3",
      "Keep-Alive: timeout=99",
      "X-Nominated: 1",
      "X-Request-Id: theirs",
    ];
    engine.answer = answers(
      `${head("HTTP/1.1 200 OK", ...taken, "Connection: X-Nominated", "Content-Type: text/html", "Content-Length: 4")}\r\n<p/>`,
    );
    const answer = await askRaw(rig.url, request("GET /x"));
    for (const line of taken) expect(answer).not.toContain(line);
    expect(answer).toContain("Content-Security-Policy: sandbox\r\n");
    expect(answer).toContain("X-Content-Type-Options: nosniff\r\n");
    expect(answer.match(/x-request-id/gi)).toHaveLength(1);
  });

  test("R02: a connection serves request after request, pipelined ones in their order", async () => {
    engine.answer = ({ line, socket }) => {
      const path = line.split(" ")[1] ?? "";
      const send = () =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n<${path}>`);
      setTimeout(send, path === "/one" ? 50 : 0);
    };
    const client = await connectRaw(rig.url);
    client.send(request("GET /one") + request("GET /two") + request("GET /thr"));
    const text = await client.sees(/<\/thr>/);
    expect([...text.matchAll(/<(\/\w+)>/g)].map((match) => match[1])).toEqual(["/one", "/two", "/thr"]);
    client.socket.end();
    await once(client.socket, "close");
  });
});
