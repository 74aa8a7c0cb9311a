import type { Server } from "node:http";
import type { FastifyInstance } from "fastify";
import { GatewayError } from "../core/errors.ts";

/**
 * `Expect: 100-continue` is answered only once the stations have passed a request (S15): a refused caller never gets to
 * send its body. Any other expectation is 417 (RFC 9110 §10.1.1).
 */
export function expectAfterStations(app: FastifyInstance): void {
  const server = app.server as Server;
  server.on("checkContinue", (request, response) => app.routing(request, response));
  server.on("checkExpectation", (request, response) => app.routing(request, response));
  app.addHook("onRequest", (request, _reply, done) => {
    const expected = request.raw.headers.expect;
    if (expected === undefined || expected.toLowerCase() === "100-continue") done();
    else done(new GatewayError("expectation_failed", "the only expectation known is 100-continue"));
  });
  // Body parsing starts after every onRequest station and before any handler.
  app.addHook("preParsing", (request, reply, payload, done) => {
    if (request.raw.headers.expect !== undefined && !reply.raw.headersSent) reply.raw.writeContinue();
    done(null, payload);
  });
}
