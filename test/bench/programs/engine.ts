/** An engine for the streams: 64 pieces or as many as are asked for, the first at once, the rest at a pace of 20 ms. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { RESPONSE_BODY } from "../request.ts";

const PIECES = Number(process.argv[2] ?? "64");
const PACE_MS = 20;
const PIECE = `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [{ delta: { content: "word " } }] })}\n\n`;
let count = 0;

function stream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(PIECE);
  let sent = 1;
  const timer = setInterval(() => {
    if (response.destroyed) clearInterval(timer);
    else if (sent === PIECES) {
      clearInterval(timer);
      response.end("data: [DONE]\n\n");
    } else {
      sent += 1;
      response.write(PIECE);
    }
  }, PACE_MS);
}

const server = createServer((request, response) => {
  if (request.url === "/count") {
    response.end(String(count));
    return;
  }
  count += 1;
  request.resume().on("end", () => {
    if (request.headers.accept === "text/event-stream") stream(response);
    else response.writeHead(200, { "content-type": "application/json" }).end(RESPONSE_BODY);
  });
}).listen({ port: 0, host: "127.0.0.1", backlog: 2048 }, () => {
  process.stdout.write(
    `${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`,
  );
});
process.once("SIGTERM", () => process.exit(0));
