import type { LimitsConfig } from "./limits.ts";
import type { MemoryConfig } from "./memory-config.ts";
import type { MeteringConfig } from "./metering.ts";

/**
 * What the program runs on: every setting resolved, checked and frozen. Only `app.ts`, `cli/` and `main.ts` see it whole;
 * a room gets its slice. Times carry their unit in the name.
 */
export interface Config {
  readonly server: ServerConfig;
  /** Identity providers whose users are known; empty only where `serve` refuses to start. */
  readonly issuers: readonly IssuerConfig[];
  /** Hosts that may be asked at private addresses (S18): for the issuers' keys, the configured agents, and for anything else. */
  readonly outbound: Readonly<
    Record<"forIssuers" | "forAgents" | "forOthers", { readonly allowedHosts: readonly string[] }>
  >;
  /** Log-in by DID; `null`: off. */
  readonly did: DidConfig | null;
  /** Issuers whose tokens an identity provider exchanges first. */
  readonly foreign: {
    readonly issuers: readonly ForeignConfig[];
    /** Hosts of their token endpoints: named by the operator, so they may be private. */
    readonly allowedHosts: readonly string[];
  };
  /** What a browser needs to log in (`GET /auth/config`); `null` without an issuer. */
  readonly login: LoginConfig | null;
  /** Engines, at least one; the first is the default. */
  readonly upstreams: readonly [UpstreamConfig, ...UpstreamConfig[]];
  /** For a body that names no model; unset: bodies pass byte for byte. */
  readonly defaultModel?: string;
  /** `sqlite:` and a path. */
  readonly database: string;
  /** `ATTACH_SECRET` as given: one key or several, comma-separated, newest first (S13). Unset: kept beside the SQLite file. */
  readonly secret?: string;
  readonly agents: {
    /** Whether an agent id that nobody registered may be named (S01). */
    readonly registration: "open" | "registered";
    /** Records that stand in the configuration. */
    readonly configured: readonly ConfiguredAgent[];
  };
  readonly a2a: {
    /** Whose card stands at the root; `null`: nobody's. */
    readonly defaultAgent: string | null;
  };
  readonly tokens: TokenConfig;
  readonly revocations: {
    /** Without news of other processes for this long, no token is let in (S20); `null`: they are let in all the same. */
    readonly staleAfterMs: number | null;
  };
  /** The keys that tokens are signed with. */
  readonly signing: { readonly algorithm: "ES256" | "RS256"; readonly rotateEveryMs: number };
  readonly dpop: {
    /** What a proof's `htu` may name (S11): the public URL, its aliases, and other spellings of loopback. */
    readonly origins: readonly string[];
    /** Must every proof carry a nonce? */
    readonly demandsNonce: boolean;
  };
  readonly scopes: {
    /** What a user may do, whatever their provider's token names (S05). */
    readonly user: readonly string[];
    /** Who holds `admin` and `audit:read`. */
    readonly admins: readonly AdminSubject[];
  };
  /** `report`: scope and policy refusals are logged and let through; identity is always enforced. */
  readonly enforce: "on" | "report";
  readonly policy: PolicyConfig;
  readonly audit: {
    /** Are relayed calls recorded? */
    readonly calls: boolean;
    readonly checkpointEveryMs: number;
  };
  readonly limits: LimitsConfig;
  readonly metering: MeteringConfig;
  /** `redis:` or `rediss:`; unset: this process alone. */
  readonly redis?: string;
  /** Where workflows are done; `null`: nowhere. */
  readonly temporal: TemporalConfig | null;
  readonly memory: MemoryConfig;
  readonly logging: { readonly level: LogLevel };
  /** Exact origins, no credentials (S19). */
  readonly cors: { readonly origins: readonly string[] };
  /** Bearer for `/metrics`; unset: loopback only. */
  readonly metricsToken?: string;
  /** What a boot should say aloud, one line each: risky choices, and settings that this version does not act on. */
  readonly warnings: readonly string[];
}

export interface TemporalConfig {
  /** `host:port` */
  readonly address: string;
  readonly queue: string;
  readonly namespace: string;
  /** The registered agent that the workers are. */
  readonly worker?: string;
}

export interface ServerConfig {
  readonly host: string;
  /** 0: any free one (only with a public URL). */
  readonly port: number;
  /** An origin without a trailing slash: issuer and default audience of agent tokens. */
  readonly publicUrl: string;
  readonly maxBodyBytes: number;
  /** Largest body of an inference call that is read for what it says before it is relayed. */
  readonly maxReadBytes: number;
  readonly maxHeaderBytes: number;
  /** How long a client may take to send its request headers. */
  readonly headersTimeoutMs: number;
  /** How long a client may take to send a whole request, its body included. */
  readonly requestTimeoutMs: number;
  /** How long an idle client connection is kept. */
  readonly keepAliveTimeoutMs: number;
  /** Processes that serve. */
  readonly workers: number;
  /** How long running requests may take to end after SIGTERM. */
  readonly drainTimeoutMs: number;
}

/** An OIDC issuer. The members are those that `identity` takes. */
export interface IssuerConfig {
  /** As the provider spells it in `iss`, to the character. */
  readonly issuer: string;
  /** At least one. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly discoveryUrl?: string;
  /** Plain http is allowed: a loopback issuer, or one in INSECURE_ISSUERS. */
  readonly allowInsecure: boolean;
  readonly skewSeconds: number;
  readonly acceptIdTokens: boolean;
  readonly clientId?: string;
  readonly requireScopes: boolean;
  /** Set: tokens are signed by HS256 with it, and no keys are fetched. */
  readonly secret?: string;
  readonly claims: {
    readonly subject: string;
    readonly name: string;
    readonly tenant?: string;
    readonly roles?: string;
  };
  /** What a role gives beyond the ceiling (S05). */
  readonly roleScopes: readonly { readonly role: string; readonly scopes: readonly string[] }[];
  /** The ceiling of its users; unset: `scopes.user`. */
  readonly userScopes?: readonly string[];
  /** Further marks of a service account (S04), `claim=value`. */
  readonly serviceAccounts: readonly string[];
}

/** Who may log in by DID: `methods` and `allow` are both non-empty. */
export interface DidConfig {
  readonly methods: readonly ("key" | "pkh" | "web")[];
  /** DIDs; `:*` at the end: all below; `*`: anyone, `did:web` aside. */
  readonly allow: readonly string[];
  /** Is `<did>.<token>` read as well? */
  readonly compat: boolean;
}

/** The members are those that `identity` takes. */
export interface ForeignConfig {
  readonly issuer: string;
  /** One of `issuers`: what comes back must be its token. */
  readonly idp: string;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret?: string;
}

/** As a record of the registry; the credential is still the file's. */
export interface ConfiguredAgent {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly iss: string; readonly sub: string };
  readonly secret?: string;
  /** A file. */
  readonly jwks?: string;
  readonly scopes: readonly string[] | null;
  readonly audiences: readonly string[];
  readonly ttlSeconds: number | null;
  readonly depth: number | null;
  readonly mayDelegateTo: readonly string[] | null;
  readonly introspect: boolean;
  readonly endpoint: {
    readonly url: string;
    readonly protocol: "a2a" | "http";
    readonly resource: string;
  } | null;
}

export interface LoginConfig {
  readonly issuer: string;
  /** Host of the issuer, or AUTH0_DOMAIN. */
  readonly domain: string;
  readonly clientId?: string;
  readonly audience: string;
}

export interface UpstreamConfig {
  readonly name: string;
  readonly kind: "ollama" | "openai" | "http";
  /** An origin without a trailing slash. */
  readonly url: string;
  /** Names, or beginnings of names with `*` behind them; unset: what nobody else lists. */
  readonly models?: readonly string[];
  /** Beginnings of paths, lower case; unset: what nobody else lists. */
  readonly routes?: readonly string[];
  readonly priority: number;
  readonly weight: number;
  /** A header of ours with the key in it, never the caller's; `null`: the engine asks for nothing. */
  readonly credential: { readonly name: string; readonly value: string } | null;
  /** Whether the engine is told who the user is (X-Attach-*). */
  readonly identityHeaders: boolean;
  readonly lane: "fast" | "undici";
  readonly connectTimeoutMs: number;
  /** From the end of the request to the first byte of the response. */
  readonly firstByteTimeoutMs: number;
  /** Between two chunks of a response. */
  readonly idleTimeoutMs: number;
  readonly maxConcurrency: number;
  readonly health: {
    readonly path: string;
    /** 0: only when somebody asks, and while it is avoided. */
    readonly everyMs: number;
  };
  /** After so many failures in a row it is avoided for so long; 0 failures: never. */
  readonly breaker: { readonly failures: number; readonly openMs: number };
}

export interface TokenConfig {
  /** Lifetime of an agent token that asks for none. */
  readonly ttlSeconds: number;
  readonly minTtlSeconds: number;
  readonly maxTtlSeconds: number;
  /** How long a delegation may be renewed. */
  readonly sessionMaxSeconds: number;
  /** Most agents in one chain of delegation. */
  readonly depth: number;
  /** An over-ask for scopes is refused (`strict`) or narrowed and reported (`lenient`). */
  readonly scopeMode: "strict" | "lenient";
}

export interface PolicyConfig {
  /** Files and folders; relative ones start from the working directory. */
  readonly files: readonly string[];
  /** Whether the shipped policies hold beside them. */
  readonly defaults: boolean;
}

export interface AdminSubject {
  readonly iss: string;
  readonly sub: string;
}

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
