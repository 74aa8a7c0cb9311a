import Type from "typebox";
import { secret, text } from "../setting.ts";

const entry = Type.Object({
  issuer: text("issuer", {
    description:
      "An issuer whose tokens the gateway does not verify itself: as the subject of an exchange, they are first exchanged at an identity provider (RFC 7523).",
    example: "https://login.partner.example",
  }),
  tokenEndpoint: text("url", {
    description: "The identity provider's token endpoint, which takes them as `jwt-bearer` grants.",
    example: "https://login.example.com/oauth2/token",
  }),
  idp: Type.Optional(
    text("issuer", {
      description: "Which of `issuers` that provider is: the token it gives must be one of its own.",
      computed: "the first of `issuers`",
      example: "https://login.example.com/realms/main",
    }),
  ),
  clientId: text("name", {
    description: "The gateway's client at that provider.",
    example: "attach-gateway",
  }),
  clientSecret: Type.Optional(
    secret("token", {
      description: "Its secret; unset for a public client.",
      least: 1,
      most: 4096,
      example: "s3cr3t-of-the-client",
    }),
  ),
});

export const foreign = Type.Array(entry, {
  description: "Issuers whose tokens are exchanged at an identity provider first. Off unless there is one.",
  default: [],
});
