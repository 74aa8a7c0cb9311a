import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** What the engine is to answer: pieces are sent one by one. */
export interface Script {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pieces: readonly (string | Buffer)[];
  /** Milliseconds before each piece but the first. */
  readonly paceMs?: number;
}

export interface ScriptedEngine {
  readonly url: string;
  /** What it was asked, newest last. */
  readonly asked: { readonly path: string; readonly body: string; readonly headers: IncomingHttpHeaders }[];
  /** Answers so from now on; a function is asked each time. */
  answer(script: Script | ((body: string) => Script)): void;
  close(): Promise<void>;
}

/** An engine that answers what the test says, to the byte. */
export async function startScriptedEngine(): Promise<ScriptedEngine> {
  let script: Script | ((body: string) => Script) = { pieces: ["{}"] };
  const asked: ScriptedEngine["asked"] = [];
  const server = createServer(async (request, response) => {
    const body = await read(request);
    asked.push({ path: request.url ?? "", body, headers: request.headers });
    const {
      status = 200,
      headers = { "content-type": "application/json" },
      pieces,
      paceMs = 0,
    } = typeof script === "function" ? script(body) : script;
    response.writeHead(status, headers);
    for (const [at, piece] of pieces.entries()) {
      if (at > 0) await delay(paceMs);
      if (response.destroyed) return;
      response.write(piece);
    }
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer(next) {
      script = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}

/** Lines of an Ollama stream. */
export const ollamaChat = (...words: readonly string[]): Script => ({
  headers: { "content-type": "application/x-ndjson" },
  pieces: [
    ...words.map(
      (content) =>
        `${JSON.stringify({ model: "tiny", message: { role: "assistant", content }, done: false })}\n`,
    ),
    `${JSON.stringify({ model: "tiny", message: { role: "assistant", content: "" }, done: true, prompt_eval_count: 7, eval_count: 3 })}\n`,
  ],
});

/** Server-sent events, one object each. */
export const events = (...objects: readonly object[]): Script => ({
  headers: { "content-type": "text/event-stream" },
  pieces: objects.map((one) => `data: ${JSON.stringify(one)}\n\n`),
});
