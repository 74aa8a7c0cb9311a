import { type AdapterFactory, type ClientMetadata, errors, type JWK, Provider } from "oidc-provider";
import { devClient } from "./clients.ts";
import { INTERACTION_PREFIX } from "./interaction.ts";
import type { DevAlgorithm } from "./keys.ts";
import { isLoopback } from "./loopback.ts";
import {
  deviceCodePage,
  deviceConfirmPage,
  deviceDonePage,
  errorPage,
  escapeHtml,
  signedOutPage,
  signOutPage,
} from "./pages.ts";
import { type DevUser, findUser, USER_CLAIMS, userClaims } from "./users.ts";

export interface ProviderOptions {
  readonly issuer: string;
  readonly alg: DevAlgorithm;
  /** Private keys, the one to sign with first; all are published. */
  readonly keys: readonly JWK[];
  readonly adapter: AdapterFactory;
  readonly cookieKeys: readonly string[];
  readonly users: readonly DevUser[];
  readonly clients: readonly ClientMetadata[];
  /** Resources an access token may be for, the default one first. Asked anew on every request. */
  readonly audiences: () => readonly [string, ...string[]];
  /** Scopes a resource knows, beside the OpenID ones. */
  readonly resourceScopes: readonly string[];
  readonly accessTokenClaims: Readonly<Record<string, unknown>>;
  /** Lifetimes in seconds. */
  readonly lifetime: {
    readonly accessToken: number;
    readonly idToken: number;
    readonly refreshToken: number;
  };
}

const HALF_A_DAY = 12 * 60 * 60;

export function buildProvider(options: ProviderOptions): Provider {
  return new Provider(options.issuer, {
    adapter: options.adapter,
    jwks: { keys: [...options.keys] },
    cookies: { keys: [...options.cookieKeys] },
    clients: [devClient(options.alg), ...options.clients],
    responseTypes: ["code"],
    clientDefaults: { id_token_signed_response_alg: options.alg },
    claims: USER_CLAIMS,
    // Every access token is for a resource, so none would open a userinfo endpoint: the ID token carries the claims.
    conformIdTokenClaims: false,
    scopes: ["openid", "offline_access"],
    findAccount(_ctx, id) {
      const user = findUser(options.users, id);
      return user && { accountId: user.id, claims: () => userClaims(user) };
    },
    extraTokenClaims: () => ({ ...options.accessTokenClaims }),
    pkce: { required: () => true },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    // A command line tool stays signed in when the browser does not.
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    clientBasedCORS: (_ctx, origin) => isLoopbackOrigin(origin),
    interactions: { url: (_ctx, interaction) => `${INTERACTION_PREFIX}${interaction.uid}` },
    ttl: {
      AccessToken: options.lifetime.accessToken,
      ClientCredentials: options.lifetime.accessToken,
      IdToken: options.lifetime.idToken,
      RefreshToken: options.lifetime.refreshToken,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Interaction: 3600,
      Session: HALF_A_DAY,
      Grant: Math.max(HALF_A_DAY, options.lifetime.refreshToken),
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: resourceIndicators(options),
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (ctx, form, _out, error) => {
          ctx.body = deviceCodePage(form, error && "That code is not right, or has run out. Try again.");
        },
        userCodeConfirmSource: (ctx, form, client, _device, userCode) => {
          ctx.body = deviceConfirmPage(form, client.clientName ?? client.clientId, userCode);
        },
        successSource: (ctx) => {
          ctx.body = deviceDonePage(ctx.oidc.client?.clientName ?? "Your device");
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = signOutPage(form);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = signedOutPage();
        },
      },
    },
    renderError: (ctx, out) => {
      ctx.type = "html";
      ctx.body = errorPage(out.error, out.error_description);
    },
  });
}

/**
 * RFC 8707, with a default: a client that names no resource gets a JWT for the gateway all the same, as from an identity
 * provider with one API set up.
 */
function resourceIndicators(options: ProviderOptions) {
  return {
    enabled: true,
    defaultResource: async (_ctx: unknown, _client: unknown, oneOf?: readonly string[]) =>
      oneOf?.[0] ?? options.audiences()[0],
    useGrantedResource: async () => true,
    getResourceServerInfo: async (_ctx: unknown, resource: string) => {
      if (!options.audiences().includes(resource)) throw new errors.InvalidTarget();
      return {
        scope: options.resourceScopes.join(" "),
        audience: resource,
        accessTokenFormat: "jwt" as const,
        jwt: { sign: { alg: options.alg } },
      };
    },
  };
}

function isLoopbackOrigin(origin: string): boolean {
  const url = URL.parse(origin);
  return url !== null && isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
}

/** Where the issuer is opened in a browser. */
export function welcomePage(issuer: string): string {
  const configuration = `${issuer}/.well-known/openid-configuration`;
  return `<p>This is an OpenID provider. Its configuration is at <a href="${escapeHtml(configuration)}">${escapeHtml(configuration)}</a>.</p>`;
}
