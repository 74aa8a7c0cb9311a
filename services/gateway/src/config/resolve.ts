import { isLoopback, spellingsOf } from "./address.ts";
import type { Config, DidConfig, IssuerConfig, LoginConfig } from "./config.ts";
import type { ConfiguredAgent } from "./configured-agent.ts";
import { resolveLimits } from "./limits.ts";
import { resolveMetering } from "./metering.ts";
import { resolveMemory } from "./resolve-memory.ts";
import { resolveUpstream } from "./resolve-upstream.ts";
import type { Settings } from "./schema.ts";
import { milliseconds, seconds, size } from "./units.ts";

/** Shortest life an agent token may ask for (CONTRACT §6). */
const MIN_TTL_SECONDS = 30;

/** The address clients use: as it is set, without a slash at the end, or localhost. */
export function publicUrlOf({ server }: Settings): string {
  return server.publicUrl === undefined
    ? `http://localhost:${server.port}`
    : new URL(server.publicUrl).origin;
}

/** Settings without a mistake → what the program runs on. */
export function resolveConfig(settings: Settings, warnings: readonly string[]): Config {
  const { server, tokens } = settings;
  const publicUrl = publicUrlOf(settings);
  const [first, ...others] = settings.upstreams.map(resolveUpstream);
  if (first === undefined) throw new RangeError("no upstream");
  const issuers = settings.issuers.map((issuer) => resolveIssuer(issuer, settings, publicUrl));
  return freeze({
    server: {
      host: server.host,
      port: server.port,
      publicUrl,
      maxBodyBytes: size(server.maxBody),
      maxReadBytes: size(server.maxRead),
      maxHeaderBytes: size(server.maxHeader),
      headersTimeoutMs: milliseconds(server.headersTimeout),
      requestTimeoutMs: milliseconds(server.requestTimeout),
      keepAliveTimeoutMs: milliseconds(server.keepAliveTimeout),
      workers: server.workers,
      drainTimeoutMs: milliseconds(server.drainTimeout),
    },
    issuers,
    outbound: {
      forIssuers: { allowedHosts: [...issuerHosts(issuers), ...settings.outbound.allow] },
      forAgents: { allowedHosts: [...agentHosts(settings), ...settings.outbound.allow] },
      forOthers: { allowedHosts: settings.outbound.allow },
    },
    did: resolveDid(settings),
    foreign: resolveForeign(settings),
    login: resolveLogin(issuers[0], settings),
    upstreams: [first, ...others],
    database: settings.database ?? "sqlite:./attach.db",
    ...(settings.secret === undefined ? {} : { secret: settings.secret }),
    agents: {
      registration: settings.agentRegistration ?? (isLoopback(server.host) ? "open" : "registered"),
      configured: settings.agents.map((agent) => resolveAgent(agent, publicUrl)),
    },
    a2a: { defaultAgent: settings.a2a.defaultAgent ?? null },
    tokens: {
      ttlSeconds: seconds(tokens.ttl),
      minTtlSeconds: MIN_TTL_SECONDS,
      maxTtlSeconds: seconds(tokens.maxTtl),
      sessionMaxSeconds: seconds(tokens.sessionMax),
      depth: tokens.depth,
      scopeMode: tokens.scopeMode,
    },
    revocations: { staleAfterMs: staleAfter(settings) },
    signing: { algorithm: tokens.algorithm, rotateEveryMs: milliseconds(tokens.keyRotation) },
    dpop: {
      origins: [publicUrl, ...server.publicUrlAliases].flatMap((url) => spellingsOf(new URL(url).origin)),
      demandsNonce: tokens.dpopNonce === "required",
    },
    scopes: {
      user: [...new Set(settings.userScopes)],
      admins: settings.adminSubjects.map(readSubject),
    },
    enforce: settings.enforce,
    policy: { files: [...new Set(settings.policy.files)], defaults: settings.policy.defaults },
    audit: {
      calls: settings.audit.calls === "on",
      checkpointEveryMs: milliseconds(settings.audit.checkpointEvery),
    },
    limits: resolveLimits(settings),
    metering: resolveMetering(settings),
    ...(settings.redis === undefined ? {} : { redis: settings.redis }),
    temporal: resolveTemporal(settings),
    memory: resolveMemory(settings),
    logging: { level: server.logLevel },
    cors: { origins: [...new Set(server.corsOrigins.map((origin) => new URL(origin).origin))] },
    ...(server.metricsToken === undefined ? {} : { metricsToken: server.metricsToken }),
    ...(settings.defaultModel === undefined ? {} : { defaultModel: settings.defaultModel }),
    warnings: [...warnings],
  });
}

/** S20: with several nodes, one that hears of no revocations closes; a laptop's file is as near as the process itself. */
function staleAfter({ revocations, database, redis }: Settings): number | null {
  const isShared = redis !== undefined || !(database ?? "sqlite:").startsWith("sqlite:");
  return (revocations.failClosed ?? isShared) ? milliseconds(revocations.maxLag) : null;
}

function resolveIssuer(
  issuer: Settings["issuers"][number],
  { insecureIssuers, issuers, auth0 }: Settings,
  publicUrl: string,
): IssuerConfig {
  const clientId = issuer.clientId ?? (issuer === issuers[0] ? auth0.client : undefined);
  return {
    issuer: issuer.issuer,
    audiences: issuer.audiences ?? [publicUrl],
    algorithms: issuer.secret === undefined ? issuer.algorithms : ["HS256"],
    ...(issuer.secret === undefined ? {} : { secret: issuer.secret }),
    ...(issuer.discoveryUrl === undefined ? {} : { discoveryUrl: issuer.discoveryUrl }),
    allowInsecure: insecureIssuers.includes(issuer.issuer),
    skewSeconds: seconds(issuer.skew),
    acceptIdTokens: issuer.acceptIdTokens,
    ...(clientId === undefined ? {} : { clientId }),
    requireScopes: issuer.requireScopes,
    claims: issuer.claims,
    roleScopes: issuer.roleScopes,
    ...(issuer.userScopes === undefined ? {} : { userScopes: issuer.userScopes }),
    serviceAccounts: issuer.serviceAccounts,
  };
}

function resolveDid({ did }: Settings): DidConfig | null {
  if (did.methods.length === 0 || did.allow.length === 0) return null;
  return { methods: [...new Set(did.methods)], allow: [...new Set(did.allow)], compat: did.compat };
}

/** A configured issuer may stand on this machine or in its network; what its documents point at may not, unless allowed. */
function issuerHosts(issuers: readonly IssuerConfig[]): readonly string[] {
  const addresses = issuers.flatMap(({ issuer, discoveryUrl }) => [issuer, discoveryUrl ?? issuer]);
  return addresses.map((address) => new URL(address).hostname);
}

/** Where a configured agent stands is the operator's own word. */
function agentHosts({ agents }: Settings): readonly string[] {
  return agents.flatMap(({ endpoint: { url } }) => (url === undefined ? [] : [new URL(url).hostname]));
}

function resolveAgent(agent: Settings["agents"][number], publicUrl: string): ConfiguredAgent {
  const { id, secret, jwks, ttl, endpoint } = agent;
  const { url, protocol } = endpoint;
  return {
    id,
    name: agent.name ?? id,
    owner: agent.owner === undefined ? { iss: publicUrl, sub: "operator" } : readSubject(agent.owner),
    ...(secret === undefined ? {} : { secret }),
    ...(jwks === undefined ? {} : { jwks }),
    scopes: agent.scopes ?? null,
    audiences: agent.audiences,
    ttlSeconds: ttl === undefined ? null : seconds(ttl),
    depth: agent.depth ?? null,
    mayDelegateTo: agent.mayDelegateTo ?? null,
    introspect: agent.introspect,
    endpoint: url === undefined ? null : { url, protocol, resource: endpoint.resource ?? url },
  };
}

function readSubject(text: string): { readonly iss: string; readonly sub: string } {
  const bar = text.indexOf("|");
  return { iss: text.slice(0, bar), sub: text.slice(bar + 1) };
}

function resolveForeign({ foreign, issuers, outbound }: Settings): Config["foreign"] {
  return {
    issuers: foreign.map((one) => ({ ...one, idp: one.idp ?? issuers[0]?.issuer ?? "" })),
    allowedHosts: [
      ...outbound.allow,
      ...foreign.map(({ tokenEndpoint }) => new URL(tokenEndpoint).hostname.replace(/^\[|\]$/g, "")),
    ],
  };
}

function resolveTemporal({ temporal }: Settings): Config["temporal"] {
  const { url, queue, namespace, worker } = temporal;
  if (url === undefined) return null;
  return {
    address: url.replace(/^(https?|tcp|temporal):\/\//, "").replace(/\/$/, ""),
    queue,
    namespace,
    ...(worker === undefined ? {} : { worker }),
  };
}

function resolveLogin(issuer: IssuerConfig | undefined, { auth0 }: Settings): LoginConfig | null {
  if (issuer === undefined) return null;
  return {
    issuer: issuer.issuer,
    domain: auth0.domain ?? new URL(issuer.issuer).host,
    ...(issuer.clientId === undefined ? {} : { clientId: issuer.clientId }),
    audience: issuer.audiences[0] ?? "",
  };
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
