import Type from "typebox";
import { choice, choices, duration, integer, list, text } from "../setting.ts";

const DAY = 86_400_000;
const MOST = 1_000_000_000_000;

/** What a rule shares one count by, and whom it is for. */
const scope = (by: ("user" | "agent" | "delegation" | "model" | "route")[]) => ({
  name: Type.Optional(
    text("name", {
      description:
        "What callers see the rule called in `RateLimit`: letters, digits, `-` and `_`. A new name begins a new count. Unset: made of its place.",
      example: "chat-per-user",
    }),
  ),
  by: choices(["user", "agent", "delegation", "model", "route"], {
    description:
      "What shares one count; several together count each combination. `delegation`: everything below one root. Empty: one count for everybody.",
    default: by,
    example: "user model",
  }),
  user: Type.Optional(
    text("subject", {
      description: "Only for this user: `issuer|subject`.",
      example: "https://login.example.com/realms/main|alice",
    }),
  ),
  agent: Type.Optional(
    text("name", {
      description: "Only for this agent; `*` at the end for all that begin so.",
      example: "research-*",
    }),
  ),
  model: Type.Optional(
    text("name", {
      description: "Only for this model; `*` at the end for all that begin so.",
      example: "gpt-4*",
    }),
  ),
  route: Type.Optional(
    text("name", {
      description:
        "Only for this route of the engine, as the table of scopes knows it; `other` for all others.",
      example: "/v1/chat/completions",
    }),
  ),
});

export const limits = Type.Object(
  {
    tokensPerMinute: Type.Optional(
      integer({
        description:
          "Model tokens, in and out, that an owner may use in a sliding 60 s. What would cross it is refused with 429 before the engine sees it.",
        env: "MAX_TOKENS_PER_MIN",
        least: 1,
        most: MOST,
        example: "60000",
      }),
    ),
    requestsPerMinute: Type.Optional(
      integer({
        description: "Requests to the engine that an owner may make in a sliding 60 s.",
        env: "MAX_REQUESTS_PER_MIN",
        least: 1,
        most: MOST,
        example: "600",
      }),
    ),
    concurrent: Type.Optional(
      integer({
        description: "Requests to the engine that an owner may have under way at once.",
        env: "MAX_CONCURRENT",
        least: 1,
        most: 1_000_000,
        example: "16",
      }),
    ),
    outputReserve: integer({
      description:
        "Tokens that are reserved for an answer where the caller states no bound and nothing is known of earlier ones.",
      env: "OUTPUT_RESERVE",
      default: 1024,
      least: 1,
      most: 1_000_000,
      example: "2048",
    }),
    onLoss: choice(["refuse", "local"], {
      description:
        "While the shared count of tokens and money cannot be reached: `refuse` answers 503, `local` lets each process count for itself. Requests and concurrency are then always counted by each process.",
      env: "LIMITS_ON_LOSS",
      default: "refuse",
      example: "local",
    }),
    failuresPerMinute: Type.Optional(
      integer({
        description:
          "Refused requests that one address may make at `/oauth/*` and the management routes in 60 s; then 429.",
        env: "MAX_FAILURES_PER_MIN",
        least: 1,
        most: MOST,
        computed: "300, and none for loopback addresses",
        example: "60",
      }),
    ),
    agentsPerUser: integer({
      description: "Agents that one user may register; `admin` may go beyond.",
      env: "MAX_AGENTS_PER_USER",
      default: 1000,
      least: 0,
      most: 1_000_000,
      example: "20",
    }),
    grantsPerUser: integer({
      description: "Agents that one user may have granted something.",
      env: "MAX_GRANTS_PER_USER",
      default: 1000,
      least: 0,
      most: 1_000_000,
      example: "50",
    }),
    requests: Type.Array(
      Type.Object({
        ...scope(["user"]),
        limit: integer({ description: "How many requests.", least: 1, most: MOST, example: "600" }),
        window: duration({
          description: "In a sliding window of this length.",
          default: "1m",
          least: 1000,
          most: DAY,
          example: "1m",
        }),
      }),
      { description: "Limits of requests to the engine.", default: [] },
    ),
    concurrency: Type.Array(
      Type.Object({
        ...scope(["user"]),
        limit: integer({ description: "How many at once.", least: 1, most: 1_000_000, example: "8" }),
      }),
      { description: "Limits of requests to the engine that are under way at once.", default: [] },
    ),
    budgets: Type.Array(
      Type.Object({
        ...scope(["user"]),
        tokens: Type.Optional(
          integer({ description: "Tokens, in and out.", least: 1, most: MOST, example: "1000000" }),
        ),
        money: Type.Optional(
          text("decimal", {
            description: "Money, by `prices`, in whatever currency those are in. Instead of `tokens`.",
            example: "20.00",
          }),
        ),
        window: choice(["minute", "hour", "day", "month"], {
          description: "A sliding minute or hour, or a calendar day or month of UTC.",
          default: "month",
          example: "day",
        }),
      }),
      { description: "Budgets of tokens or money: reserved before a call, settled after it.", default: [] },
    ),
    prices: Type.Array(
      Type.Object({
        models: list("name", {
          description:
            "Models that cost this; `*` at the end for all that begin so. The first entry that fits counts.",
          default: [],
          example: "gpt-4o gpt-4o-2*",
        }),
        input: text("decimal", { description: "A million tokens in.", default: "0", example: "2.50" }),
        output: text("decimal", { description: "A million tokens out.", default: "0", example: "10.00" }),
      }),
      {
        description:
          "What models cost. None is assumed: where a budget in money applies, a model without a price is refused.",
        default: [],
      },
    ),
  },
  { description: "Limits, quotas and budgets." },
);
