import Type from "typebox";
import { list, secret, text } from "../setting.ts";

/** What one issuer's tokens say in other places than OpenID Connect has for it. */
export const issuerClaims = {
  claims: Type.Object({
    subject: text("name", {
      description:
        "The claim that users are known by; the owner is (issuer, this), so it must be theirs for good: never an e-mail address or a name. A claim's name, a path with dots, or a JSON pointer.",
      default: "sub",
      example: "oid",
    }),
    name: text("name", {
      description: "The claim with the user's name, for show.",
      default: "name",
      example: "preferred_username",
    }),
    tenant: Type.Optional(
      text("name", {
        description: "The claim with the user's tenant: `tenant` of the policies' `User`.",
        example: "org_id",
      }),
    ),
    roles: Type.Optional(
      text("name", {
        description:
          "The claim with the user's roles: `roles` of the policies' `User`, and what `roleScopes` goes by.",
        example: "realm_access.roles",
      }),
    ),
  }),
  userScopes: Type.Optional(
    list("scope", {
      description: "What this issuer's users may do. Unset: `USER_SCOPES`.",
      example: "llm:read memory:read",
    }),
  ),
  roleScopes: Type.Array(
    Type.Object({
      role: text("name", { description: "A role, as `claims.roles` has it.", example: "gateway-admin" }),
      scopes: list("scope", {
        description: "What it gives beyond `userScopes`, to service accounts too.",
        default: [],
        example: "admin audit:read",
      }),
    }),
    { description: "What the provider's roles give here.", default: [] },
  ),
  serviceAccounts: list("name", {
    description:
      "Further marks of a machine's own token (`claim=value`, `*` at the end for what begins so): it gets no default scopes. The marks of known providers always count.",
    default: [],
    example: "token_use=m2m",
  }),
  secret: Type.Optional(
    secret("hmac", {
      description:
        "A secret shared with the issuer, at least 32 bytes: its tokens are signed by HS256 with it, and by nothing else. Unset: public keys, found by discovery.",
      example: "(48 random bytes in base64)",
    }),
  ),
};
