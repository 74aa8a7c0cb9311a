import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { loadSigningKeys } from "./authority/keys.ts";
import { authorityRoutes } from "./authority/routes.ts";
import type { Config, UpstreamConfig } from "./config/config.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { uuidv7 } from "./core/ids.ts";
import { createKeyring } from "./core/keyring.ts";
import type { Store } from "./core/ports/store.ts";
import { refuseMalformedRequest } from "./http/client-error.ts";
import { cors } from "./http/cors.ts";
import { createErrorHandler } from "./http/error-handler.ts";
import { expectAfterStations, sendContinue } from "./http/expect.ts";
import { acceptEveryMethod } from "./http/methods.ts";
import { createSessions } from "./http/session.ts";
import { checkTarget } from "./http/target.ts";
import { createIdentity, type Identity } from "./identity/identity.ts";
import { createRevocations } from "./identity/revocations.ts";
import { engineRoutes } from "./llm/routes.ts";
import { createLogger, type Logger } from "./observability/logger.ts";
import { authConfigRoutes } from "./ops/auth-config.ts";
import { healthRoutes, type ReadinessCheck } from "./ops/health.ts";
import { reservedRoutes } from "./ops/reserved.ts";
import { createUpstream, type UpstreamOptions } from "./proxy/upstream.ts";
import { openStore } from "./store/open.ts";
import { ensureSecretFile } from "./store/secret-file.ts";

export interface App {
  readonly fastify: FastifyInstance;
  readonly log: Logger;
  /** Binds and listens. @throws the system's error, `EADDRINUSE` among them */
  listen(): Promise<{ readonly url: string }>;
  /** Stops taking requests, lets running ones end (bounded by `drainTimeoutMs`), then lets go of everything. Idempotent. */
  close(): Promise<void>;
}

/** For tests and for embedding: what the program would otherwise make itself. */
export interface Overrides {
  readonly clock?: Clock;
  readonly logStream?: { write(line: string): void };
}

/** How soon a connection is closed once its last answer has ended, while draining. */
const DRAIN_SWEEP_MS = 50;

/** Builds the whole gateway: the one place that knows every room and hands each its slice. */
export async function buildApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
  const { publicUrl } = config.server;
  const logger = createLogger(config.logging.level, overrides.logStream);
  const { log } = logger;

  const store = await openStore(config.database);
  const keyring = createKeyring(config.secret ?? (await ensureSecretFile(config.database)));
  const keys = await loadSigningKeys({ store, keyring, clock });
  const revocations = createRevocations({ clock });
  for (const record of await store.loadRevocations(clock.now())) revocations.apply(record);
  const identity = createIdentity({
    clock,
    issuers: [...config.issuers],
    own: { issuer: publicUrl, audience: publicUrl, keys },
    revocations,
    userScopes: [...config.scopes.user],
    admins: [...config.scopes.admins],
    log,
  });
  const upstream = createUpstream(upstreamOptions(config.upstreams[0]));

  const app = createServer(config, clock, log);
  let draining = false;
  await app.register(async (own) => {
    own.addHook("preParsing", sendContinue);
    await own.register(healthRoutes, { draining: () => draining, checks: readinessChecks(store, identity) });
    await own.register(authConfigRoutes, { login: config.login });
    await own.register(authorityRoutes, {
      clock,
      identity,
      store,
      keys,
      revocations,
      sessionKey: keyring.subkey("sessions"),
      publicUrl,
      registration: config.agents.registration,
      tokens: config.tokens,
      log,
    });
    await own.register(reservedRoutes);
  });
  await app.register(engineRoutes, {
    identity,
    upstream,
    sessions: createSessions(keyring.subkey("sessions")),
    publicUrl,
    enforce: config.enforce,
    maxBodyBytes: config.server.maxBodyBytes,
    log,
  });
  await app.ready();
  void identity.warm();

  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    draining = true;
    const cutOff = setTimeout(() => app.server.closeAllConnections(), config.server.drainTimeoutMs);
    // Closing shuts what is idle now; a connection whose answer ends later would be kept alive for its next request.
    const sweep = setInterval(() => app.server.closeIdleConnections(), DRAIN_SWEEP_MS);
    await app.close();
    clearInterval(sweep);
    clearTimeout(cutOff);
    await Promise.all([upstream.close(), identity.close()]);
    await store.close();
    logger.close();
  }

  return {
    fastify: app,
    log,
    async listen() {
      await app.listen({ host: config.server.host, port: config.server.port });
      const { port } = app.server.address() as AddressInfo;
      return {
        url: `http://${config.server.host.includes(":") ? `[${config.server.host}]` : config.server.host}:${port}`,
      };
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

function createServer(config: Config, clock: Clock, log: Logger): FastifyInstance {
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
    http: {
      maxHeaderSize: config.server.maxHeaderBytes,
      headersTimeout: config.server.headersTimeoutMs,
    },
    // Fastify's validator and serializer cost 5 MB, and no route uses them: what comes in is parsed by our own steps.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  }) as unknown as FastifyInstance;
  app.setErrorHandler(createErrorHandler(log));
  acceptEveryMethod(app);
  checkTarget(app);
  if (config.cors.origins.length > 0) app.addHook("onRequest", cors(config.cors.origins));
  expectAfterStations(app);
  return app;
}

/** A route that names a schema stops the boot: going unchecked would be worse. */
function noSchemas(): never {
  throw new Error("a route has a Fastify schema; routes here parse in their own steps");
}

function upstreamOptions(config: UpstreamConfig): UpstreamOptions {
  return {
    name: config.name,
    url: config.url,
    credential:
      config.apiKey === undefined ? null : { name: "Authorization", value: `Bearer ${config.apiKey}` },
    identityHeaders: config.identityHeaders,
    timeouts: {
      connect: config.connectTimeoutMs,
      firstByte: config.firstByteTimeoutMs,
      idle: config.idleTimeoutMs,
    },
  };
}

/** An outage of the store stops the authority; providers that cannot be reached only keep new users out. */
function readinessChecks(store: Store, identity: Identity): readonly ReadinessCheck[] {
  return [
    {
      name: "store",
      run: () =>
        store.ping().then(
          () => "ok",
          () => "unavailable",
        ),
    },
    {
      name: "issuers",
      run: async () => (identity.issuerStates().every(({ keys }) => keys === "fresh") ? "ok" : "degraded"),
    },
  ];
}
