import type { Server } from "node:http";
import type { FastifyInstance, preParsingHookHandler } from "fastify";
import { GatewayError } from "../core/errors.ts";

/**
 * Takes `Expect` out of Node's hands, which would answer it before anybody is authenticated (S15). Any expectation but
 * `100-continue` is 417 (RFC 9110 §10.1.1).
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
}

/**
 * For routes whose body Fastify parses: after every `onRequest` station and before the body is read. The relay answers for
 * itself, once it has judged the length.
 */
export const sendContinue: preParsingHookHandler = (request, reply, payload, done) => {
  if (request.raw.headers.expect !== undefined) reply.raw.writeContinue();
  done(null, payload);
};
