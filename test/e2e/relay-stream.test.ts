import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectRaw, type RawClient } from "../support/relay/raw-client.ts";
import { type RawEngine, startRawEngine } from "../support/relay/raw-engine.ts";
import { type Rig, startRig } from "../support/relay/rig.ts";

/** R03: bytes travel when they come, no faster than the slower side, and not after the caller has left. */
const MEGABYTE = 1024 * 1024;
const IDLE_MS = 500;
let engine: RawEngine;
let rig: Rig;
beforeAll(async () => {
  engine = await startRawEngine();
  rig = await startRig(engine.url, { ENGINE_IDLE_TIMEOUT: `${IDLE_MS}ms`, ENGINE_FIRST_BYTE_TIMEOUT: "2s" });
});
afterAll(async () => {
  await rig.stop();
  engine.close();
});
beforeEach(() => {
  engine.calls.length = 0;
  engine.answer = () => {};
});

const SSE = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const sleep = (milliseconds: number) => new Promise((wake) => setTimeout(wake, milliseconds));

async function ask(line: string, headers = ""): Promise<RawClient> {
  const client = await connectRaw(rig.url);
  client.send(`${line} HTTP/1.1\r\nHost: g\r\n${rig.bearer}${headers}\r\n`);
  return client;
}

/** Writes until the socket has taken nothing for a while: what the other side's back-pressure lets through. */
async function fill(socket: Socket, piece: Buffer, limit: number): Promise<number> {
  let written = 0;
  while (written < limit) {
    written += piece.length;
    if (socket.write(piece)) continue;
    const drained = await Promise.race([
      once(socket, "drain").then(() => true),
      sleep(250).then(() => false),
    ]);
    if (!drained) break;
  }
  return written;
}

function peakMegabytes(): number {
  return (
    Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${rig.gateway.pid}/status`, "utf8"))?.[1]) / 1024
  );
}

describe("R03: at once", () => {
  test("head, first piece and each further piece arrive before the engine goes on", async () => {
    const client = await ask("POST /api/chat", "Content-Length: 0\r\n");
    const { socket } = await engine.called();
    socket.write(SSE);
    await client.sees(/\r\n\r\n$/);
    for (const word of ["one", "two", "three"]) {
      socket.write(chunk(`data: ${word}\n\n`));
      await client.sees(new RegExp(`data: ${word}\\n\\n\\r\\n$`));
    }
    socket.write("0\r\n\r\n");
    await client.sees(/\r\n0\r\n\r\n$/);
    client.socket.destroy();
  });

  test("a short body of known length that trickles is not held back either", async () => {
    const client = await ask("GET /x");
    const { socket } = await engine.called();
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n");
    await client.sees(/\r\n\r\n$/);
    for (const letter of "abcd") {
      socket.write(letter);
      await client.sees(new RegExp(`${letter}$`));
    }
    client.socket.destroy();
  });

  test.each([
    ["in chunks", "Transfer-Encoding: chunked\r\n", chunk("part"), /^4\r\npart/],
    ["of known length", `Content-Length: ${MEGABYTE}\r\n`, "part", /^part$/],
  ])("an upload %s reaches the engine while it is still being sent", async (_name, headers, part, seen) => {
    const client = await ask("POST /x", headers);
    client.send(part);
    const call = await engine.called();
    await expect.poll(() => call.received().toString()).toMatch(seen);
    client.socket.destroy();
  });

  test("a stream may last many times longer than any silence that is allowed", async () => {
    const client = await ask("GET /slow");
    const { socket } = await engine.called();
    socket.write(SSE);
    const began = performance.now();
    let sent = 0;
    while (performance.now() - began < 5 * IDLE_MS) {
      sent += 1;
      socket.write(chunk(`tick ${sent}\n`));
      await sleep(IDLE_MS / 5);
    }
    socket.write("0\r\n\r\n");
    expect((await client.sees(/\r\n0\r\n\r\n$/)).match(/tick/g)).toHaveLength(sent);
    client.socket.destroy();
  });
});

describe("R03: a caller that hangs up ends the engine's call within 100 ms", () => {
  async function closesSoon(leave: () => void, count = 1): Promise<void> {
    const { closed } = await engine.called(count);
    const began = performance.now();
    leave();
    await closed;
    expect(performance.now() - began).toBeLessThan(100);
  }

  test("before the first byte", async () => {
    const client = await ask("GET /x");
    await closesSoon(() => client.socket.destroy());
  });

  test("by a half-close before the first byte", async () => {
    const client = await ask("GET /x");
    await closesSoon(() => client.socket.end());
  });

  test("in the middle of a stream", async () => {
    const client = await ask("GET /x");
    (await engine.called()).socket.write(SSE + chunk("hello"));
    await client.sees(/hello/);
    await closesSoon(() => client.socket.resetAndDestroy());
  });

  test("in the middle of an upload", async () => {
    const client = await ask("POST /x", `Content-Length: ${MEGABYTE}\r\n`);
    client.send("part");
    await closesSoon(() => client.socket.destroy());
  });

  test("with a second request behind the first on the same connection", async () => {
    const client = await ask("GET /one");
    client.send(`GET /two HTTP/1.1\r\nHost: g\r\n${rig.bearer}\r\n`);
    await engine.called(2);
    await Promise.all([closesSoon(() => client.socket.destroy()), closesSoon(() => {}, 2)]);
  });

  test("before its small body is complete: the engine is never called", async () => {
    const client = await ask("POST /x", "Content-Length: 10\r\n");
    client.send("12345");
    await sleep(50);
    client.socket.destroy();
    await sleep(50);
    expect(engine.calls).toHaveLength(0);
  });
});

describe("R03: back-pressure", () => {
  const piece = Buffer.alloc(64 * 1024, "d");

  test("a caller that stops reading stops the engine, and gets everything when it goes on", async () => {
    const client = await ask("GET /x");
    const { socket } = await engine.called();
    const total = 24 * MEGABYTE;
    client.socket.pause();
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${total}\r\n\r\n`);
    const written = await fill(socket, piece, total);
    expect(written).toBeLessThan(total - MEGABYTE);
    client.socket.resume();
    await fill(socket, piece, total - written);
    await expect.poll(() => client.text().length, { timeout: 10_000 }).toBeGreaterThan(total);
    expect(client.text().length).toBeLessThan(total + 1000);
    client.socket.destroy();
  });

  test("a caller that never goes on is cut off after the idle timeout, and the engine with it", async () => {
    const client = await ask("GET /x");
    const { socket, closed } = await engine.called();
    client.socket.pause();
    socket.write(SSE);
    await fill(socket, Buffer.from(chunk("d".repeat(64 * 1024))), 24 * MEGABYTE);
    await closed;
    client.socket.destroy();
  });

  test("an engine that stops reading stops the upload", async () => {
    const total = 24 * MEGABYTE;
    const client = await ask("POST /x", `Content-Length: ${total}\r\n`);
    client.send(piece);
    const { socket } = await engine.called();
    socket.pause();
    const written = await fill(client.socket, piece, total - piece.length);
    expect(written).toBeLessThan(total - MEGABYTE);
    client.socket.destroy();
  });

  test("100 MB pass in either direction in bounded memory", async () => {
    const total = 100 * MEGABYTE;
    const before = peakMegabytes();
    const up = await ask("POST /up", `Content-Length: ${total}\r\n`);
    up.send("d");
    const call = await engine.called();
    let arrived = call.received().length;
    call.socket.removeAllListeners("data").on("data", (bytes: Buffer) => {
      arrived += bytes.length;
    });
    await fill(up.socket, piece, total - piece.length);
    up.send(piece.subarray(1));
    await expect.poll(() => arrived, { timeout: 10_000 }).toBe(total);
    call.socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    await up.sees(/^HTTP\/1\.1 200/);
    up.socket.destroy();

    const down = await ask("GET /down");
    down.socket.removeAllListeners("data");
    let received = 0;
    down.socket.setEncoding("latin1").on("data", (text: string) => {
      received += text.length;
    });
    const { socket } = await engine.called(2);
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${total}\r\n\r\n`);
    await fill(socket, piece, total);
    await expect.poll(() => received, { timeout: 10_000 }).toBeGreaterThan(total);
    down.socket.destroy();
    expect(peakMegabytes() - before).toBeLessThan(60);
  });
});
