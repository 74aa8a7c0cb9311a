import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { registerAgents } from "./agent-routes.ts";
import { createTrail } from "./audit/trail.ts";
import { createHandOff } from "./authority/hand-off.ts";
import { adoptSecret } from "./authority/keys/adopt-secret.ts";
import { loadSigningKeys } from "./authority/keys/signing-keys.ts";
import { configureAgents } from "./authority/registry/configure-agents.ts";
import { authorityOptions, registerAuthority } from "./authority-routes.ts";
import type { Config } from "./config/config.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { createKeyring } from "./core/keyring.ts";
import { tokenRefused } from "./http/challenge.ts";
import { sendContinue } from "./http/expect.ts";
import { limitFailures } from "./http/limit-failures.ts";
import { nameRequest } from "./http/request-id.ts";
import { countRefusals, measureRoutes } from "./http/route-metrics.ts";
import { createSessions } from "./http/session.ts";
import { createDpop } from "./identity/dpop/dpop.ts";
import { joinNodes } from "./join-nodes.ts";
import { createLimiting } from "./limiting.ts";
import { engineRoutes } from "./llm/routes.ts";
import { createMeasuring } from "./measuring.ts";
import { createLogger, type Logger } from "./observability/logger.ts";
import { openDoors } from "./open-doors.ts";
import { openMemory } from "./open-memory.ts";
import { operationsRoutes } from "./operations-routes.ts";
import { collectRoutes } from "./ops/openapi/routes.ts";
import { refuseReserved } from "./ops/reserved.ts";
import { createPolicy } from "./policy/policy.ts";
import { createLiveExchanges } from "./proxy/live-exchanges.ts";
import { readinessChecks } from "./readiness.ts";
import { recallRoutes } from "./recall/routes.ts";
import { recordPolicyChange } from "./record-policy-change.ts";
import { createServer } from "./server.ts";
import type { Siblings } from "./siblings.ts";
import { openStore } from "./store/open.ts";
import { ensureSecretFile } from "./store/secret-file.ts";
import { startUpkeep } from "./store/upkeep.ts";
import { createTasking } from "./tasking.ts";
import { createUpstreams } from "./upstreams.ts";
import { createVerifying } from "./verifying.ts";

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
  /** The other workers of this gateway. */
  readonly siblings?: Siblings;
}

/** How soon a connection is closed once its last answer has ended, while draining. */
const DRAIN_SWEEP_MS = 50;

/** Builds the whole gateway: the one place that knows every room and hands each its slice. */
export async function buildApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
  const { publicUrl } = config.server;
  const logger = createLogger(config.logging.level, overrides.logStream);
  const { log } = logger;

  // First of all: wrong policies are a mistake of the configuration, and nothing is begun then.
  const policy = await createPolicy({ ...config.policy, log });
  const store = await openStore(config.database);
  const keyring = createKeyring(config.secret ?? (await ensureSecretFile(config.database)));
  const lasting = await adoptSecret({ store, keyring, clock });
  const keys = await loadSigningKeys({ store, keyring, clock, ...config.signing, log });
  const { siblings } = overrides;
  const { redis } = config;
  const nodes = await joinNodes({ redis, ...config.revocations, siblings, store, clock, log });
  const { revocations, feed } = nodes;
  const limiting = await createLimiting({
    config: config.limits,
    store,
    redis: nodes.redis,
    severalProcesses: config.server.workers > 1,
    clock,
    log,
  });
  const identity = createVerifying({ config, keys, revocations, feed, store, clock, log });
  const nonceKey = keyring.subkey("dpop-nonces");
  const dpop = createDpop({ clock, ...config.dpop, nonceKey, shared: nodes.proofs });
  const upstreams = createUpstreams(config, { clock, log });
  const live = createLiveExchanges({
    isRevoked: revocations.isRevoked,
    refusal: () => tokenRefused(publicUrl, "revoked"),
  });
  revocations.onApplied(live.sweep);
  const trail = createTrail({ ...config.audit, trail: store.trail, keys, issuer: publicUrl, clock, log });
  const measuring = await createMeasuring({
    config: config.metering,
    store,
    trail,
    feed,
    upstreams: upstreams.states,
    publicUrl,
    siblings,
    clock,
    log,
  });

  const engine = config.upstreams[0];
  const memory = openMemory(config.memory, {
    store,
    keyring,
    clock,
    log,
    engine,
    metrics: measuring.registry,
  });

  const app = createServer(config, clock, log);
  countRefusals(app, measuring.registry);
  const sessions = createSessions(lasting.sessions);
  const ports = { clock, identity, dpop, policy, store, keys, revocations, sessions, log };
  const authority = authorityOptions({ ...ports, config, keyring, lasting });
  await configureAgents(config.agents.configured, authority);
  const handOff = createHandOff(authority);
  const doors = openDoors(config.outbound);
  const { calls } = trail;
  const passing = { config, keyring, handOff, live, calls };
  const { isRevoked } = revocations;
  const tasks = createTasking({ ...ports, ...passing, app, isRevoked, peersFor: doors.peersFor });
  refuseReserved(app);
  let draining = false;
  await app.register(async (own) => {
    own.addHook("onRequest", nameRequest);
    own.addHook("preParsing", sendContinue);
    measureRoutes(own, measuring.registry);
    const routes = collectRoutes(own);
    await limitFailures(own, config.limits.failuresPerMinute, config.server.workers);
    await registerAuthority(own, authority, config);
    await registerAgents(own, { ...passing, authority, identity: tasks.identity, doors, log });
    await own.register(tasks.routes, { ...authority, calls, agents: store, log });
    if (memory !== null) {
      const recall = { memory: memory.store, redactor: memory.redactor, reach: config.memory.reach };
      const { identity } = tasks;
      await own.register(recallRoutes, { ...authority, ...recall, identity, calls: trail.calls, log });
    }
    await operationsRoutes(own, {
      config,
      identity,
      dpop,
      store,
      measuring,
      health: {
        draining: () => draining,
        checks: [
          ...readinessChecks({ store, identity, trail, feed, memory }),
          ...nodes.checks,
          ...limiting.checks,
          ...measuring.checks,
          upstreams.readiness,
        ],
      },
      routes,
      clock,
    });
  });
  await app.register(engineRoutes, {
    identity: tasks.identity,
    dpop,
    upstreams: upstreams.table,
    defaultModel: config.defaultModel,
    policy,
    live,
    ...(limiting.limiter === undefined ? {} : { limiter: limiting.limiter }),
    ...(measuring.meter === undefined ? {} : { meter: measuring.meter }),
    durable: measuring.durable,
    sessions,
    calls: trail.calls,
    ...(memory?.mirror ? { mirror: memory.mirror } : {}),
    publicUrl,
    enforce: config.enforce,
    maxBodyBytes: config.server.maxBodyBytes,
    maxReadBytes: config.server.maxReadBytes,
    log,
  });
  await app.ready();
  policy.watch((change) => recordPolicyChange(change, { store, clock, log }));
  trail.start();
  await tasks.start();
  memory?.start();
  const upkeep = startUpkeep({ store, clock, log });
  void identity.warm();

  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    draining = true;
    const cutOff = setTimeout(() => app.server.closeAllConnections(), config.server.drainTimeoutMs);
    // Closing shuts what is idle now; a connection whose answer ends later would be kept alive for its next request.
    const sweep = setInterval(() => app.server.closeIdleConnections(), DRAIN_SWEEP_MS);
    await tasks.close(config.server.drainTimeoutMs);
    await app.close();
    clearInterval(sweep);
    clearTimeout(cutOff);
    feed.close();
    keys.close();
    policy.close();
    await Promise.all([upstreams.close(), identity.close(), doors.close()]);
    // Usage that is still being estimated is settled first: limits hear of it too.
    await measuring.close();
    await Promise.all([memory?.close(), upkeep.close(), limiting.close()]);
    await trail.close();
    await nodes.close();
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
