import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the engine got it. */
export interface NamedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An engine that answers with its name, and does as a test says. Health checks aside, it keeps what it was asked. */
export interface NamedEngine {
  readonly name: string;
  readonly url: string;
  readonly requests: NamedRequest[];
  /** What it answers; replaced by each test. */
  answer: (request: NamedRequest, response: ServerResponse) => void;
  /** Goes away: its port refuses connections. */
  stop(): Promise<void>;
  /** Comes back at the same port. */
  start(): Promise<void>;
}

export const HEALTH = "/alive";

export async function startNamedEngine(name: string): Promise<NamedEngine> {
  let port = 0;
  const server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => void pieces.push(piece));
    incoming.on("end", () => {
      const { method = "", url = "", headers } = incoming;
      if (url === HEALTH) {
        response.end("ok");
        return;
      }
      const request = { method, path: url, headers, body: Buffer.concat(pieces).toString() };
      engine.requests.push(request);
      engine.answer(request, response);
    });
  });
  const engine: NamedEngine = {
    name,
    url: "",
    requests: [],
    answer: says(name),
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
    async start() {
      await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
      port = (server.address() as AddressInfo).port;
    },
  };
  await engine.start();
  return Object.assign(engine, { url: `http://127.0.0.1:${port}` });
}

/** An answer that tells which engine gave it. */
export function says(name: string): NamedEngine["answer"] {
  return (_request, response) =>
    void response.setHeader("Content-Type", "application/json").end(JSON.stringify({ engine: name }));
}

/** An answer of that status. */
export function fails(status: number): NamedEngine["answer"] {
  return (_request, response) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ error: `this is ${status}` }));
  };
}
