import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Noticed {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A client's webhook: keeps what it is sent; answers as told, 200 otherwise. */
export async function startWebhook(answers: readonly number[] = []) {
  const notices: Noticed[] = [];
  const paths: string[] = [];
  let tries = 0;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    paths.push(request.url ?? "");
    request.on("data", (piece: Buffer) => void pieces.push(piece));
    request.on("end", () => {
      const status = answers[tries++] ?? 200;
      if (status < 300)
        notices.push({ headers: request.headers, body: JSON.parse(Buffer.concat(pieces).toString()) });
      if (status === 302) response.setHeader("location", "/elsewhere");
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notices`,
    notices,
    /** Of every request. */
    paths,
    tries: () => tries,
    /** Waits until so many have come. */
    async has(count: number): Promise<readonly Noticed[]> {
      const deadline = performance.now() + 10_000;
      while (notices.length < count) {
        if (performance.now() > deadline) throw new Error(`only ${notices.length} notices came`);
        await new Promise((wake) => setTimeout(wake, 10));
      }
      return notices;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
