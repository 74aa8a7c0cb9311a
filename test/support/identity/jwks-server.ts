import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";

/** An issuer's metadata on a real HTTP server, as friendly or as broken as a test wants it. */
export interface JwksServer {
  readonly issuer: string;
  /** Published from now on. */
  keys: readonly JWK[];
  /** Added to the discovery document, or put in place of its members. */
  discovery: object;
  /** Answers in place of the key set, while set. */
  answerKeys: RequestListener | undefined;
  /** While set, every request is answered with 503. */
  isDown: boolean;
  /** How often the key set and the discovery document were asked for. */
  readonly asked: { keys: number; discovery: number };
  close(): Promise<void>;
}

export async function startJwksServer(keys: readonly JWK[]): Promise<JwksServer> {
  const http = createServer((request, response) => {
    const isDiscovery = request.url === "/.well-known/openid-configuration";
    if (isDiscovery) server.asked.discovery++;
    else server.asked.keys++;
    if (server.isDown) response.writeHead(503).end();
    else if (isDiscovery) {
      const document = { issuer: server.issuer, jwks_uri: `${server.issuer}/jwks`, ...server.discovery };
      response.end(JSON.stringify(document));
    } else if (server.answerKeys !== undefined) server.answerKeys(request, response);
    else response.end(JSON.stringify({ keys: server.keys }));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const server: JwksServer = {
    issuer: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    keys,
    discovery: {},
    answerKeys: undefined,
    isDown: false,
    asked: { keys: 0, discovery: 0 },
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
  return server;
}
