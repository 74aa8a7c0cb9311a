import Type from "typebox";
import { choice, duration, integer, list, onOff, secret, text } from "../setting.ts";

const agent = Type.Object({
  id: text("agent", {
    description: "The agent's `client_id`, the actor of its tokens, and its place under `/a2a/agents/`.",
    example: "coder",
  }),
  name: Type.Optional(
    text("words", { description: "What it is called.", computed: "its id", example: "The coder" }),
  ),
  owner: Type.Optional(
    text("subject", {
      description: "Whose it is, `issuer|subject`: they may revoke its tokens.",
      computed: "nobody's but the operator's",
      example: "https://login.example.com/realms/main|alice",
    }),
  ),
  secret: Type.Optional(
    secret("token", {
      description:
        "What it authenticates with. With neither this nor `jwks` it can be called, and cannot ask for tokens of its own.",
      least: 32,
      most: 4096,
      example: "<output of: openssl rand -base64 32>",
    }),
  ),
  jwks: Type.Optional(
    text("text", {
      description: "A file with the public keys it signs its assertions with (JWK Set).",
      example: "./coder.jwks.json",
    }),
  ),
  scopes: Type.Optional(
    list("scope", {
      description: "What its tokens may hold at most.",
      computed: "whatever the user may",
      example: "llm:read a2a:read",
    }),
  ),
  audiences: list("target", {
    description: "Resources it may ask tokens for, besides the gateway.",
    default: [],
    example: "https://files.example.com",
  }),
  ttl: Type.Optional(
    duration({
      description: "Longest life of its tokens.",
      computed: "`tokens.ttl`",
      least: 30_000,
      most: 3_600_000,
      example: "2m",
    }),
  ),
  depth: Type.Optional(
    integer({
      description: "Deepest chain it may stand in.",
      computed: "`tokens.depth`",
      least: 1,
      most: 8,
      example: "2",
    }),
  ),
  mayDelegateTo: Type.Optional(
    list("agent", {
      description: "Agents it may hand on to.",
      computed: "any with `open` registration, none with `registered`",
      example: "coder",
    }),
  ),
  introspect: onOff({
    description: "May it introspect tokens addressed to it?",
    default: false,
    example: "on",
  }),
  endpoint: Type.Object(
    {
      url: Type.Optional(
        text("url", {
          description: "Where it listens: below it stands its card, `/.well-known/agent-card.json`.",
          example: "http://coder.internal:9000",
        }),
      ),
      protocol: choice(["a2a", "http"], {
        description: "What it speaks.",
        default: "a2a",
        example: "a2a",
      }),
      resource: Type.Optional(
        text("target", {
          description: "What tokens for it name as their audience.",
          computed: "its `url`",
          example: "http://coder.internal:9000/",
        }),
      ),
    },
    { description: "Where it can be called." },
  ),
});

export const agents = Type.Array(agent, {
  description:
    "Agents that the operator registers. The same records as at `/attach/v1/agents`, which shows them and does not change them.",
  default: [],
});

export const a2a = Type.Object(
  {
    defaultAgent: Type.Optional(
      text("agent", {
        description: "The agent whose card stands at `/.well-known/agent-card.json`.",
        env: "A2A_DEFAULT_AGENT",
        example: "coder",
      }),
    ),
  },
  { description: "Agents behind the gateway." },
);
