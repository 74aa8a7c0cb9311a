/**
 * The yardstick: `node:http` in front, undici's pool behind, nothing in between. It checks nobody, stamps nothing and copies
 * all but the hop-by-hop headers. `--tuned` gathers small bodies and answers in one piece.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { type Dispatcher, Pool } from "undici";

const { values } = parseArgs({
  options: { upstream: { type: "string" }, tuned: { type: "boolean", default: false } },
});
if (values.upstream === undefined) throw new Error("--upstream is missing");

const pool = new Pool(values.upstream, { connections: 128, pipelining: 1, allowH2: false });
const HOP_BY_HOP = new Set(["connection", "host", "keep-alive", "transfer-encoding", "content-length"]);

function copied(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? "";
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, raw[i + 1] ?? "");
  }
  return headers;
}

function plain(request: IncomingMessage, response: ServerResponse): void {
  const length = request.headers["content-length"];
  const headers = copied(request.rawHeaders);
  if (length !== undefined) headers.push("content-length", length);
  const hasBody =
    (length !== undefined && length !== "0") || request.headers["transfer-encoding"] !== undefined;
  pool.dispatch(
    {
      path: request.url ?? "/",
      method: request.method as Dispatcher.HttpMethod,
      headers,
      body: hasBody ? request : null,
    },
    {
      onRequestStart(controller) {
        response.on("close", () => {
          if (!response.writableFinished) controller.abort(new Error("hung up"));
        });
      },
      onResponseStart(_controller, status, answered) {
        const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...rest } = answered;
        response.writeHead(status, rest);
      },
      onResponseData(controller, piece) {
        if (response.write(piece)) return;
        controller.pause();
        response.once("drain", () => controller.resume());
      },
      onResponseEnd() {
        response.end();
      },
      onResponseError() {
        if (response.headersSent) response.destroy();
        else response.writeHead(502).end();
      },
    },
  );
}

class Whole implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  #status = 0;
  #headers: string[] = [];
  #pieces: Buffer[] = [];

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
    const raw = controller.rawHeaders as Buffer[];
    for (let i = 0; i < raw.length; i += 2) {
      const name = String(raw[i]);
      if (!HOP_BY_HOP.has(name.toLowerCase())) this.#headers.push(name, String(raw[i + 1]));
    }
  }

  onResponseData(_controller: unknown, piece: Buffer): void {
    this.#pieces.push(piece);
  }

  onResponseEnd(): void {
    const body = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#headers.push("content-length", String(body?.length ?? 0));
    this.#response.writeHead(this.#status, this.#headers).end(body);
  }

  onResponseError(): void {
    this.#response.writeHead(502).end();
  }
}

function tuned(request: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = [];
  const headers = copied(request.rawHeaders);
  const length = Number(request.headers["content-length"] ?? 0);
  let received = 0;
  const dispatch = (body: Buffer | null) =>
    pool.dispatch(
      { path: request.url ?? "/", method: request.method as Dispatcher.HttpMethod, headers, body },
      new Whole(response),
    );
  if (length === 0) {
    dispatch(null);
    return;
  }
  request.on("data", (piece: Buffer) => {
    pieces.push(piece);
    received += piece.length;
    if (received === length) dispatch(pieces.length === 1 ? piece : Buffer.concat(pieces));
  });
}

const server = createServer(values.tuned ? tuned : plain).listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
