import fastify, { type FastifyInstance } from "fastify";
import type { Config } from "./config/config.ts";
import type { Clock } from "./core/clock.ts";
import { uuidv7 } from "./core/ids.ts";
import { refuseMalformedRequest } from "./http/client-error.ts";
import { cors } from "./http/cors.ts";
import { createErrorHandler } from "./http/error-handler.ts";
import { expectAfterStations } from "./http/expect.ts";
import { acceptEveryMethod } from "./http/methods.ts";
import { schemaCompilers } from "./http/schema-compilers.ts";
import { describeSchemaError } from "./http/schema-error.ts";
import { checkTarget } from "./http/target.ts";
import type { Logger } from "./observability/logger.ts";

/** The framework, set up as every route needs it: strict parsing, our errors, and the stations that come before all others. */
export function createServer(config: Config, clock: Clock, log: Logger): FastifyInstance {
  const app = fastify({
    logger: false,
    genReqId: () => uuidv7(clock.now()),
    requestIdHeader: false,
    bodyLimit: config.server.maxBodyBytes,
    keepAliveTimeout: config.server.keepAliveTimeoutMs,
    requestTimeout: config.server.requestTimeoutMs,
    forceCloseConnections: "idle",
    clientErrorHandler: refuseMalformedRequest,
    frameworkErrors: createErrorHandler(log),
    schemaErrorFormatter: describeSchemaError,
    schemaController: { compilersFactory: schemaCompilers },
    http: {
      maxHeaderSize: config.server.maxHeaderBytes,
      headersTimeout: config.server.headersTimeoutMs,
    },
  }) as unknown as FastifyInstance;
  app.setErrorHandler(createErrorHandler(log));
  acceptEveryMethod(app);
  checkTarget(app);
  if (config.cors.origins.length > 0) app.addHook("onRequest", cors(config.cors.origins));
  expectAfterStations(app);
  return app;
}
