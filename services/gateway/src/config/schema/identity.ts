import Type from "typebox";
import { choices, duration, list, onOff, text } from "../setting.ts";
import { issuerClaims } from "./issuer-claims.ts";

/** The environment describes the first issuer of the list. */
const issuer = Type.Object({
  issuer: text("issuer", {
    description: "The identity provider's issuer, as it stands in the `iss` of its tokens, to the character.",
    env: "OIDC_ISSUER",
    example: "https://login.example.com/realms/main",
  }),
  audiences: Type.Optional(
    list("name", {
      description: "Accepted `aud` values. Unset: `aud` must be `PUBLIC_URL`, never any.",
      env: "OIDC_AUD",
      computed: "`PUBLIC_URL`",
      example: "https://gateway.example.com",
    }),
  ),
  algorithms: choices(
    [
      ...(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const),
      ...(["ES256", "ES384", "ES512", "EdDSA", "Ed25519"] as const),
      "HS256",
    ],
    {
      description:
        "Signature algorithms this issuer may use. Each is also pinned to the key it names. With `secret`: `HS256`.",
      default: ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"],
      example: "RS256",
    },
  ),
  clientId: Type.Optional(
    text("name", {
      description: "The client that users log in with at this issuer; also shown by `GET /auth/config`.",
      env: "OIDC_CLIENT_ID",
      example: "attach-web",
    }),
  ),
  discoveryUrl: Type.Optional(
    text("url", {
      description:
        "Where the discovery document is, when that is not the issuer's own address (containers). The document must still name the issuer.",
      env: "OIDC_DISCOVERY_URL",
      computed: "the issuer's `/.well-known/openid-configuration`",
      example: "https://idp.internal/realms/main/.well-known/openid-configuration",
    }),
  ),
  acceptIdTokens: onOff({
    description: "Whether an ID token for `clientId` may be exchanged at the token endpoint. Never a bearer.",
    default: false,
    example: "true",
  }),
  requireScopes: onOff({
    description: "Whether a user token must name the scopes it is for.",
    default: false,
    example: "true",
  }),
  skew: duration({
    description: "How far this issuer's clock may be off.",
    default: "30s",
    least: 0,
    most: 300_000,
    example: "30s",
  }),
  ...issuerClaims,
});

export const issuers = Type.Array(issuer, {
  description: "Identity providers whose users are known. The environment describes the first.",
  default: [],
});

export const insecureIssuers = list("issuer", {
  description: "Issuers that may be plain http. Others must be https, except on loopback.",
  env: "INSECURE_ISSUERS",
  default: [],
  example: "http://keycloak:8080/realms/main",
});

/** Names of the earlier gateway. */
export const auth0 = Type.Object(
  {
    domain: Type.Optional(
      text("domain", {
        description: "Compatibility: the issuer is `https://AUTH0_DOMAIN/` when no issuer is named.",
        env: "AUTH0_DOMAIN",
        example: "tenant.eu.auth0.com",
      }),
    ),
    client: Type.Optional(
      text("name", {
        description: "Compatibility: `OIDC_CLIENT_ID` when that is unset.",
        env: "AUTH0_CLIENT",
        example: "0oa1b2c3",
      }),
    ),
  },
  { description: "Names of the earlier gateway." },
);

export const did = Type.Object(
  {
    methods: choices(["key", "pkh", "web"], {
      description:
        "DID methods that users may log in by. DID log-in is off until `DID_METHODS` and `DID_ALLOW` are both set.",
      env: "DID_METHODS",
      default: [],
      example: "key pkh",
    }),
    allow: list("did", {
      description:
        "DIDs that may log in; with `:*` at the end, all below. `*` is anyone, but hosts of `did:web` are always named.",
      env: "DID_ALLOW",
      default: [],
      example: "did:web:example.com did:pkh:eip155:1:*",
    }),
    compat: onOff({
      description:
        "Compatibility: also read `<did>.<token>`, the form of the earlier gateway. It must verify all the same.",
      env: "DID_COMPAT",
      default: false,
      example: "on",
    }),
  },
  { description: "Log-in by decentralised identifiers." },
);

export const userScopes = list("scope", {
  description: "What a user may do, whatever their provider's token names.",
  env: "USER_SCOPES",
  default: ["llm:read", "engine:any", "a2a:send", "a2a:read", "memory:read", "memory:write"],
  example: "llm:read memory:read",
});

export const adminSubjects = list("subject", {
  description: "Who holds `admin` and `audit:read`: pairs `issuer|subject`.",
  env: "ADMIN_SUBJECTS",
  default: [],
  example: "https://login.example.com/realms/main|alice",
});
