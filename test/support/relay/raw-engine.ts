import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** One request as it came over the wire, and the socket to answer on. */
export interface RawCall {
  /** The request line. */
  readonly line: string;
  /** Header lines, as sent. */
  readonly headers: readonly string[];
  readonly socket: Socket;
  /** Body bytes that have come so far, framing and all. */
  received(): Buffer;
  /** Resolves when the gateway closes this connection. */
  readonly closed: Promise<void>;
}

/** An engine that speaks bytes: whatever a test wants to answer, HTTP or not. */
export interface RawEngine {
  readonly url: string;
  readonly calls: RawCall[];
  /** Connections accepted so far. */
  connections(): number;
  /** What to do with the next requests; replaced by each test. */
  answer: (call: RawCall) => void;
  /** Waits for the `count`th request. */
  called(count?: number): Promise<RawCall>;
  close(): void;
}

const DEFAULT_ANSWER = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

export async function startRawEngine(): Promise<RawEngine> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    readRequests(socket, (call) => {
      engine.calls.push(call);
      engine.answer(call);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const engine: RawEngine = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    connections: () => connections,
    answer: ({ socket }) => void socket.write(DEFAULT_ANSWER),
    async called(count = 1) {
      const deadline = performance.now() + 5_000;
      for (;;) {
        const call = engine.calls[count - 1];
        if (call !== undefined) return call;
        if (performance.now() > deadline)
          throw new Error(`the engine was called ${engine.calls.length} times`);
        await new Promise((wake) => setTimeout(wake, 5));
      }
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return engine;
}

/** Requests of one connection, one after the other; a body is taken by its length or to its last chunk. */
function readRequests(socket: Socket, onCall: (call: RawCall) => void): void {
  let pending = Buffer.alloc(0);
  let open: { body: Buffer; ended: (body: Buffer) => number | undefined } | undefined;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("data", (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    for (;;) {
      if (open === undefined) {
        const end = pending.indexOf("\r\n\r\n");
        if (end === -1) return;
        const [line = "", ...headers] = pending.subarray(0, end).toString("latin1").split("\r\n");
        pending = pending.subarray(end + 4);
        const request = { body: Buffer.alloc(0), ended: bodyEnd(headers) };
        open = request;
        onCall({ line, headers, socket, received: () => request.body, closed });
      }
      const end = open.ended(pending);
      open.body = Buffer.from(pending.subarray(0, end ?? pending.length));
      if (end === undefined) return;
      pending = pending.subarray(end);
      open = undefined;
    }
  });
}

function bodyEnd(headers: readonly string[]): (body: Buffer) => number | undefined {
  if (headers.some((header) => /^transfer-encoding: *chunked/i.test(header))) {
    return (body) => {
      const last = body.indexOf("0\r\n\r\n");
      return last === -1 ? undefined : last + 5;
    };
  }
  const length = Number(/^content-length: *(\d+)/im.exec(headers.join("\n"))?.[1] ?? 0);
  return (body) => (body.length >= length ? length : undefined);
}
