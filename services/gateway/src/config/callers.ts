/** Who may call, as the program takes it: issuers, DIDs, foreign tokens, log-in. */

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

export interface LoginConfig {
  readonly issuer: string;
  /** Host of the issuer, or AUTH0_DOMAIN. */
  readonly domain: string;
  readonly clientId?: string;
  readonly audience: string;
}

export interface AdminSubject {
  readonly iss: string;
  readonly sub: string;
}
