import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Handler } from "./call.ts";
import { Refusal } from "./refusal.ts";
import { ROUTES, refuse } from "./routes.ts";

export interface DemoEngineOptions {
  /** 0, the default, takes a free one. Loopback only: like the engines it stands for, it asks nobody who they are. */
  readonly port?: number;
  /** Names it answers to; default `llama3.2`. */
  readonly models?: readonly string[];
  /** Milliseconds between two tokens of a stream; default 0. */
  readonly pace?: number;
  /** Told of each request, one line, with the identity it carried. */
  readonly log?: (line: string) => void;
}

/** A request as it came in. */
export interface RecordedRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** With the query, as it was on the wire. */
  readonly path: string;
  /** Names and values in turn, spelling and order kept. */
  readonly rawHeaders: readonly string[];
  /** The caller went away before the answer was complete. */
  hungUp: boolean;
}

export interface DemoEngine {
  readonly url: string;
  readonly port: number;
  /** The last thousand requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

const MOST_RECORDED = 1000;

/** Starts a small server with canned answers and the exact protocol of Ollama (`/api`) and OpenAI (`/v1`). */
export async function startDemoEngine(options: DemoEngineOptions = {}): Promise<DemoEngine> {
  const models = options.models ?? ["llama3.2"];
  const pace = options.pace ?? 0;
  const log = options.log ?? (() => {});
  const requests: RecordedRequest[] = [];

  const server = createServer((request, response) => {
    const record = recordOf(request);
    requests.push(record);
    if (requests.length > MOST_RECORDED) requests.shift();
    log(lineOf(record));
    const leaving = new AbortController();
    response.on("close", () => {
      if (response.writableFinished) return;
      record.hungUp = true;
      leaving.abort();
    });
    const path = record.path.split("?", 1)[0] ?? "/";
    serve(request, response, path).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const refusal = error instanceof Refusal ? error : new Refusal(500, "the demo engine failed");
      if (!(error instanceof Refusal)) log(`demo engine: ${String(error)}`);
      refuse(response, path, refusal);
    });

    async function serve(req: IncomingMessage, res: ServerResponse, target: string): Promise<void> {
      const { handler, rest } = route(req.method ?? "GET", target);
      await handler({ request: req, response: res, rest, models, pace, hungUp: leaving.signal });
    }
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** @throws Refusal 404 or 405 */
function route(method: string, path: string): { handler: Handler; rest: string } {
  const slash = path.lastIndexOf("/");
  const exact = ROUTES.get(path);
  const methods = exact ?? ROUTES.get(`${path.slice(0, slash)}/*`);
  if (methods === undefined) throw new Refusal(404, `Invalid URL (${method} ${path})`);
  const handler = methods[method === "HEAD" ? "GET" : method];
  if (handler === undefined) throw new Refusal(405, `Not allowed to ${method} on ${path}`);
  return { handler, rest: exact === undefined ? path.slice(slash + 1) : "" };
}

function recordOf(request: IncomingMessage): RecordedRequest {
  return {
    at: Date.now(),
    method: request.method ?? "GET",
    path: request.url ?? "/",
    rawHeaders: request.rawHeaders,
    hungUp: false,
  };
}

/** Names the identity headers, and whether a bearer came along; never any other value. */
function lineOf({ method, path, rawHeaders }: RecordedRequest): string {
  const said: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (/^x-attach-/i.test(name)) said.push(`${name}: ${rawHeaders[at + 1]}`);
    if (/^authorization$/i.test(name)) said.push("Authorization: present");
  }
  return [`${method} ${path}`, ...said].join("  ");
}
