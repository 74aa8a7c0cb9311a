import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Connection } from "../connections.ts";
import { fastLane } from "./open.ts";

const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const timeouts = { connect: 2_000, firstByte: 2_000, idle: 2_000, keepAlive: 4_000 };

let server: Server;
let sockets: Socket[];
let reply: (socket: Socket, request: string) => void;
let connection: Connection;

beforeEach(async () => {
  sockets = [];
  reply = (socket) => void socket.write(answer("own"));
  server = createServer((socket) => {
    sockets.push(socket);
    socket.setEncoding("latin1").on("error", () => {});
    socket.on("data", (text) => reply(socket, String(text)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const openSpare = () => {
    throw new Error("nothing here is streamed");
  };
  connection = fastLane({ url, timeouts, maxHeadBytes: 4096, openSpare })();
});

afterEach(async () => {
  await connection.destroy();
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** @returns the answer's body, or the code of what went wrong */
function ask(method = "GET", body: Buffer | null = null): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    connection.dispatch(
      { method, path: "/", headers: [], body },
      {
        onRequestStart() {},
        onResponseData: (_call, piece) => {
          text += piece.toString("latin1");
        },
        onResponseEnd: () => resolve(text),
        onResponseError: (_call, error) => resolve((error as Error & { code: string }).code),
      },
    );
  });
}

/** In the timers' phase of the event loop: what is written here is polled before anything that waits for its end. */
const inTimers = <T>(run: () => T): Promise<T> =>
  new Promise((resolve) => setTimeout(() => resolve(run()), 20));

test("a connection serves one request after the other", async () => {
  expect(await ask()).toBe("own");
  expect(await ask("POST", Buffer.from("{}"))).toBe("own");
  expect(sockets).toHaveLength(1);
});

test("S15: an answer that lies in a kept connection before its request is nobody's", async () => {
  expect(await ask()).toBe("own");
  const second = await inTimers(() => {
    sockets[0]?.write(answer("somebody else's"));
    return ask();
  });
  expect(second).toBe("own");
  expect(sockets).toHaveLength(2);
});

test("a kept connection that the engine has closed costs no request", async () => {
  expect(await ask()).toBe("own");
  const second = await inTimers(() => {
    sockets[0]?.end();
    return ask("POST", Buffer.from("{}"));
  });
  expect(second).toBe("own");
  expect(sockets).toHaveLength(2);
});

test("S15: bytes behind an answer, an answer to HEAD and a refused one all end their connection", async () => {
  reply = (socket) => void socket.write(`${answer("own")}HTTP/1.1 200`);
  expect(await ask()).toBe("own");
  reply = (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
  expect(await ask("HEAD")).toBe("");
  reply = (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nown");
  expect(await ask()).toBe("LANE_INVALID_RESPONSE");
  reply = (socket) => void socket.write(answer("own"));
  expect(await ask()).toBe("own");
  expect(sockets).toHaveLength(4);
});

test("S15: an answer that comes before the request has left ends its connection", async () => {
  // Nobody reads: 8 MB do not fit in the kernel.
  server.removeAllListeners("connection");
  server.on("connection", (socket) => {
    sockets.push(socket);
    socket.pause().on("error", () => {});
    if (sockets.length === 1) socket.write(answer("early"));
    else
      socket
        .setEncoding("latin1")
        .on("data", () => void socket.write(answer("own")))
        .resume();
  });
  expect(await ask("POST", Buffer.alloc(8 * 1024 * 1024))).toBe("early");
  expect(await ask()).toBe("own");
  expect(sockets).toHaveLength(2);
});
