import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import type { RecordedRequest } from "@attach-dev/demo-engine";

export interface Recorder {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

/**
 * Stands between the gateway and a real engine, and changes nothing: it only remembers what came, because a real engine does
 * not tell which headers it got.
 */
export async function startRecorder(engine: URL): Promise<Recorder> {
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    const record: RecordedRequest = {
      at: Date.now(),
      method: request.method ?? "GET",
      path: request.url ?? "/",
      rawHeaders: request.rawHeaders,
      hungUp: false,
    };
    requests.push(record);
    response.on("close", () => {
      record.hungUp = !response.writableFinished;
    });
    pass(engine, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function pass(engine: URL, request: IncomingMessage, response: ServerResponse): void {
  const send = engine.protocol === "https:" ? httpsRequest : httpRequest;
  const onward = send(new URL(request.url ?? "/", engine), {
    method: request.method,
    headers: { ...request.headers, host: engine.host },
  });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  });
  onward.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}
