import { isLoopback, spellingsOf } from "./address.ts";
import type { Config, DidConfig, IssuerConfig, LoginConfig, UpstreamConfig } from "./config.ts";
import type { Settings } from "./schema.ts";
import { readBytes, readDuration } from "./units.ts";

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
      maxHeaderBytes: size(server.maxHeader),
      headersTimeoutMs: milliseconds(server.headersTimeout),
      requestTimeoutMs: milliseconds(server.requestTimeout),
      keepAliveTimeoutMs: milliseconds(server.keepAliveTimeout),
      drainTimeoutMs: milliseconds(server.drainTimeout),
    },
    issuers,
    outbound: {
      forIssuers: { allowedHosts: [...issuerHosts(issuers), ...settings.outbound.allow] },
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
    },
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
      admins: settings.adminSubjects.map((subject) => {
        const bar = subject.indexOf("|");
        return { iss: subject.slice(0, bar), sub: subject.slice(bar + 1) };
      }),
    },
    enforce: settings.enforce,
    policy: { files: [...new Set(settings.policy.files)], defaults: settings.policy.defaults },
    audit: {
      calls: settings.audit.calls === "on",
      checkpointEveryMs: milliseconds(settings.audit.checkpointEvery),
    },
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

function resolveForeign({ foreign, issuers, outbound }: Settings): Config["foreign"] {
  return {
    issuers: foreign.map((one) => ({ ...one, idp: one.idp ?? issuers[0]?.issuer ?? "" })),
    allowedHosts: [
      ...outbound.allow,
      ...foreign.map(({ tokenEndpoint }) => new URL(tokenEndpoint).hostname.replace(/^\[|\]$/g, "")),
    ],
  };
}

function resolveMemory({ memory }: Settings): Config["memory"] {
  const maxAgeMs = milliseconds(memory.keepFor);
  return {
    backend: memory.backend === "none" ? "none" : "sqlite",
    mirror: memory.mirror,
    optOut: memory.optOut,
    exceptPaths: memory.exceptPaths.map((path) => path.toLowerCase().replace(/(?<=.)\/$/, "")),
    exceptAgents: memory.exceptAgents,
    reach: memory.reach,
    retention: { maxAgeMs: maxAgeMs === 0 ? null : maxAgeMs, maxEvents: memory.keepEvents },
    maxSpoolBytes: size(memory.spoolMax),
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

function resolveUpstream(upstream: Settings["upstreams"][number]): UpstreamConfig {
  return {
    name: upstream.name,
    url: new URL(upstream.url).href.replace(/\/$/, ""),
    ...(upstream.apiKey === undefined ? {} : { apiKey: upstream.apiKey }),
    identityHeaders: upstream.identityHeaders,
    connectTimeoutMs: milliseconds(upstream.connectTimeout),
    firstByteTimeoutMs: milliseconds(upstream.firstByteTimeout),
    idleTimeoutMs: milliseconds(upstream.idleTimeout),
  };
}

/** Judged before: what does not read as a time or a size never comes here. */
const milliseconds = (text: string) => readDuration(text) ?? Number.NaN;
const seconds = (text: string) => Math.floor(milliseconds(text) / 1000);
const size = (text: string) => readBytes(text) ?? Number.NaN;

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
