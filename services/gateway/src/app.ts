import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { createTrail } from "./audit/trail.ts";
import { adoptSecret } from "./authority/keys/adopt-secret.ts";
import { loadSigningKeys } from "./authority/keys/signing-keys.ts";
import { managementRoutes } from "./authority/management.ts";
import { AUTHORITY_OPERATIONS } from "./authority/operations.ts";
import { authorityRoutes } from "./authority/routes.ts";
import { VERSION } from "./cli/version.ts";
import type { Config, UpstreamConfig } from "./config/config.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { createKeyring } from "./core/keyring.ts";
import { tokenRefused } from "./http/challenge.ts";
import { sendContinue } from "./http/expect.ts";
import { nameRequest } from "./http/request-id.ts";
import { createSessions } from "./http/session.ts";
import { createAssertionVerifier } from "./identity/assertion.ts";
import { createWalletLogin } from "./identity/did/siwe.ts";
import { createDpop } from "./identity/dpop/dpop.ts";
import { acceptForeign } from "./identity/foreign/foreign.ts";
import { createIdentity } from "./identity/identity.ts";
import { createRevocationFeed } from "./identity/revocation-feed.ts";
import { createRevocations } from "./identity/revocations.ts";
import { engineRoutes } from "./llm/routes.ts";
import { createLogger, type Logger } from "./observability/logger.ts";
import { openMemory } from "./open-memory.ts";
import { auditRoutes } from "./ops/audit.ts";
import { authConfigRoutes } from "./ops/auth-config.ts";
import { healthRoutes } from "./ops/health.ts";
import { OPERATIONS } from "./ops/openapi/operations.ts";
import { collectRoutes, openApiRoutes } from "./ops/openapi/routes.ts";
import { refuseReserved } from "./ops/reserved.ts";
import { createOutbound } from "./outbound/outbound.ts";
import { createPolicy } from "./policy/policy.ts";
import { createLiveExchanges } from "./proxy/live-exchanges.ts";
import { createUpstream, type UpstreamOptions } from "./proxy/upstream.ts";
import { readinessChecks } from "./readiness.ts";
import { recallRoutes } from "./recall/routes.ts";
import { recordPolicyChange } from "./record-policy-change.ts";
import { createServer } from "./server.ts";
import { openStore } from "./store/open.ts";
import { ensureSecretFile } from "./store/secret-file.ts";
import { startUpkeep } from "./store/upkeep.ts";

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

  // First of all: wrong policies are a mistake of the configuration, and nothing is begun then.
  const policy = await createPolicy({ ...config.policy, log });
  const store = await openStore(config.database);
  const keyring = createKeyring(config.secret ?? (await ensureSecretFile(config.database)));
  const lasting = await adoptSecret({ store, keyring, clock });
  const keys = await loadSigningKeys({ store, keyring, clock, ...config.signing, log });
  const revocations = createRevocations({ clock });
  // One answer, so that nothing falls between what is loaded and what is asked for from then on (S20).
  const { seq: since, records } = await store.revocationsSince(0);
  const now = clock.now();
  for (const record of records) if (record.until >= now) revocations.apply(record);
  const feed = createRevocationFeed({ source: store, revocations, since, ...config.revocations, log });
  const verifier = createIdentity({
    clock,
    issuers: [...config.issuers],
    own: { issuer: publicUrl, audience: publicUrl, keys },
    outbound: createOutbound(config.outbound.forIssuers),
    revocations,
    isStale: feed.isStale,
    userScopes: [...config.scopes.user],
    admins: [...config.scopes.admins],
    did: config.did === null ? undefined : { ...config.did, consumeOnce: store.consumeOnce },
    log,
  });
  const identity = acceptForeign(verifier, {
    clock,
    ...config.foreign,
    outbound: createOutbound(config.foreign),
    log,
  });
  const dpop = createDpop({ clock, ...config.dpop, nonceKey: keyring.subkey("dpop-nonces") });
  const upstream = createUpstream(upstreamOptions(config.upstreams[0]));
  const live = createLiveExchanges({
    isRevoked: revocations.isRevoked,
    refusal: () => tokenRefused(publicUrl, "revoked"),
  });
  revocations.onApplied(live.sweep);
  const trail = createTrail({ ...config.audit, trail: store.trail, keys, issuer: publicUrl, clock, log });

  const memory = openMemory(config.memory, { store, keyring, clock, log });

  const app = createServer(config, clock, log);
  refuseReserved(app);
  let draining = false;
  await app.register(async (own) => {
    own.addHook("onRequest", nameRequest);
    own.addHook("preParsing", sendContinue);
    const routes = collectRoutes(own);
    await own.register(healthRoutes, {
      draining: () => draining,
      checks: readinessChecks({ store, identity, trail, feed, memory }),
    });
    await own.register(authConfigRoutes, { login: config.login });
    await own.register(authorityRoutes, {
      clock,
      identity,
      assertions: createAssertionVerifier({ clock, audience: publicUrl }),
      dpop,
      policy,
      enforce: config.enforce,
      store,
      keys,
      revocations,
      clientSecretKeys: lasting.clientSecrets,
      sessionKey: lasting.sessions,
      sessions: createSessions(lasting.sessions),
      publicUrl,
      registration: config.agents.registration,
      tokens: config.tokens,
      wallets: createWalletLogin(config, { clock, nonceKey: keyring.subkey("siwe-nonces") }),
      log,
    });
    await own.register(managementRoutes, {
      clock,
      identity,
      dpop,
      store,
      revocations,
      clientSecretKeys: lasting.clientSecrets,
      publicUrl,
    });
    await own.register(auditRoutes, { identity, dpop, publicUrl, trail: store.trail });
    if (memory !== null) {
      const calls = { calls: trail.calls, enforce: config.enforce, log };
      const sessions = createSessions(lasting.sessions);
      const { reach } = config.memory;
      const recall = { memory: memory.store, redactor: memory.redactor, store, reach, sessions, clock };
      await own.register(recallRoutes, { identity, dpop, publicUrl, ...calls, ...recall });
    }
    await own.register(openApiRoutes, {
      publicUrl,
      version: VERSION,
      routes,
      operations: { ...AUTHORITY_OPERATIONS, ...OPERATIONS },
    });
  });
  await app.register(engineRoutes, {
    identity,
    dpop,
    upstream,
    policy,
    live,
    sessions: createSessions(lasting.sessions),
    calls: trail.calls,
    ...(memory?.mirror ? { mirror: memory.mirror } : {}),
    publicUrl,
    enforce: config.enforce,
    maxBodyBytes: config.server.maxBodyBytes,
    log,
  });
  await app.ready();
  policy.watch((change) => recordPolicyChange(change, { store, clock, log }));
  trail.start();
  memory?.start();
  const upkeep = startUpkeep({ store, clock, log });
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
    feed.close();
    keys.close();
    policy.close();
    await Promise.all([upstream.close(), identity.close()]);
    await Promise.all([memory?.close(), upkeep.close()]);
    await trail.close();
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
