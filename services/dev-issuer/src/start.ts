import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClientMetadata } from "oidc-provider";
import { INTERACTION_PREFIX, interact } from "./interaction.ts";
import { type DevAlgorithm, makeSigningKey } from "./keys.ts";
import { assertLoopback, authority, isLoopback } from "./loopback.ts";
import { createMemoryAdapter } from "./memory-adapter.ts";
import { errorPage, PAGE_HEADERS, page } from "./pages.ts";
import { buildProvider, welcomePage } from "./provider.ts";
import { DEV_USERS, type DevUser } from "./users.ts";

export interface DevIssuerOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Loopback only; default `127.0.0.1`. */
  readonly host?: string;
  /** The gateway's `PUBLIC_URL`: `aud` of every access token that names no other resource. Default `http://localhost:8080`. */
  readonly audience?: string;
  /** Other resources a client may ask for (RFC 8707); anything else is `invalid_target`. */
  readonly audiences?: readonly string[];
  /** Default Alice and Bob. */
  readonly users?: readonly DevUser[];
  /** Clients beside `DEV_CLIENT_ID`, such as a confidential one for `client_credentials`. */
  readonly clients?: readonly ClientMetadata[];
  readonly algorithm?: DevAlgorithm;
  /** Seconds; default one hour. */
  readonly accessTokenSeconds?: number;
  /** Seconds; default one hour. */
  readonly idTokenSeconds?: number;
  /** Seconds; default one day. */
  readonly refreshTokenSeconds?: number;
  /** Put into every access token, for tests of claims that other providers send. */
  readonly accessTokenClaims?: Readonly<Record<string, unknown>>;
  /** Told of failures of the issuer itself; never of tokens. */
  readonly log?: (line: string) => void;
}

export interface DevIssuer {
  /** The `iss` of its tokens, and where its discovery document is. No slash at the end. */
  readonly issuer: string;
  readonly port: number;
  /** Names another default audience: a gateway may know its own port only after it asked for this issuer. */
  setAudience(audience: string): void;
  /**
   * Signs with a new key from now on. The key before it stays published, unless `withdraw` is set: then every token it signed
   * fails verification by who fetches the key set again.
   */
  rotateKeys(options?: { readonly withdraw?: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** Scopes of the gateway, which a client may ask for by name. Written out: an identity provider learns an API's scopes by hand. */
const GATEWAY_SCOPES = [
  ..."llm:read llm:admin engine:any chat:run a2a:send a2a:read".split(" "),
  ..."memory:read memory:write audit:read admin".split(" "),
];

/** Old keys that stay published after rotation. */
const KEPT_KEYS = 2;

/**
 * Starts a real OpenID provider for this machine: discovery, JWKS, authorization code with PKCE, device flow, refresh.
 * @throws RangeError when the host is not loopback (S23); the system's error when the port is taken
 */
export async function startDevIssuer(options: DevIssuerOptions = {}): Promise<DevIssuer> {
  const host = options.host ?? "127.0.0.1";
  assertLoopback(host);
  const alg = options.algorithm ?? "RS256";
  const log = options.log ?? (() => {});

  let handle = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(503).end();
  };
  const server = createServer((request, response) => handle(request, response));
  const port = await listen(server, options.port ?? 0, host);
  const issuer = `http://${authority(host, port)}`;

  const users = options.users ?? DEV_USERS;
  const adapter = createMemoryAdapter();
  const cookieKeys = [randomBytes(32).toString("base64url")];
  let audience = options.audience ?? "http://localhost:8080";
  let keys = [await makeSigningKey(alg)];

  const build = () => {
    const provider = buildProvider({
      issuer,
      alg,
      keys,
      adapter,
      cookieKeys,
      users,
      clients: options.clients ?? [],
      audiences: () => [audience, ...(options.audiences ?? [])],
      resourceScopes: GATEWAY_SCOPES,
      accessTokenClaims: options.accessTokenClaims ?? {},
      lifetime: {
        accessToken: options.accessTokenSeconds ?? 3600,
        idToken: options.idTokenSeconds ?? 3600,
        refreshToken: options.refreshTokenSeconds ?? 24 * 3600,
      },
    });
    provider.on("server_error", (_ctx, error: Error) => log(`dev issuer: ${error.stack ?? error.message}`));
    return { provider, callback: provider.callback() };
  };
  let current = build();

  handle = (request, response) => {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
    // DNS rebinding: a page elsewhere whose name points here would otherwise read what we answer.
    if (request.headers.host !== authority(host, port)) return misdirected(response, issuer);
    const path = request.url ?? "/";
    if (path === "/") return welcome(response, issuer);
    if (!path.startsWith(INTERACTION_PREFIX)) return void current.callback(request, response);
    interact(current.provider, users, { request, response }).catch((error: Error) => {
      log(`dev issuer: ${error.stack ?? error.message}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };

  return {
    issuer,
    port,
    setAudience: (next) => {
      audience = next;
    },
    rotateKeys: async ({ withdraw = false } = {}) => {
      const next = await makeSigningKey(alg);
      keys = withdraw ? [next] : [next, ...keys].slice(0, 1 + KEPT_KEYS);
      // oidc-provider's key store is fixed for life: a new provider on the same records takes over.
      current = build();
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = server.address() as AddressInfo;
  // `localhost` is a name, and names can be made to mean anything: what counts is the address we got.
  if (!isLoopback(bound.address)) {
    server.close();
    assertLoopback(bound.address);
  }
  return bound.port;
}

function welcome(response: ServerResponse, issuer: string): void {
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.end(page("Attach dev issuer", welcomePage(issuer)));
}

function misdirected(response: ServerResponse, issuer: string): void {
  response.writeHead(421, { "Content-Type": "text/html; charset=utf-8" });
  response.end(errorPage("wrong_address", `This issuer answers at ${issuer} only.`));
}
