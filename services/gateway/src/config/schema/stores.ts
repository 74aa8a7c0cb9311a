import Type from "typebox";
import { choice, integer, secret, text } from "../setting.ts";

export const database = Type.Optional(
  secret("address", {
    description:
      "Where tokens, keys and the audit trail are kept: `sqlite:` and a path, whose folder is made. `postgres://…` is not supported by this version.",
    env: "DATABASE_URL",
    computed: "`sqlite:./attach.db`",
    example: "sqlite:/var/lib/attach/attach.db",
  }),
);

export const redis = Type.Optional(
  secret("address", {
    description: "Shared limits and fast revocation news for several nodes.",
    env: "REDIS_URL",
    example: "redis://redis:6379",
    support: "refused",
  }),
);

export const limits = Type.Object(
  {
    tokensPerMinute: Type.Optional(
      integer({
        description: "Model tokens, in and out, that an owner may use in a sliding 60 s.",
        env: "MAX_TOKENS_PER_MIN",
        least: 1,
        most: 1_000_000_000,
        example: "60000",
        support: "refused",
      }),
    ),
  },
  { description: "Quotas." },
);

export const metering = Type.Object(
  {
    usage: Type.Optional(
      choice(["prometheus", "openmeter", "null"], {
        description: "Where usage is reported.",
        env: "USAGE_METERING",
        example: "prometheus",
        support: "ignored",
      }),
    ),
    openmeterUrl: Type.Optional(
      text("url", {
        description: "OpenMeter's address.",
        env: "OPENMETER_URL",
        example: "https://openmeter.example.com",
        support: "ignored",
      }),
    ),
    openmeterApiKey: Type.Optional(
      secret("token", {
        description: "OpenMeter's key.",
        env: "OPENMETER_API_KEY",
        example: "<key>",
        support: "ignored",
      }),
    ),
  },
  { description: "Usage." },
);

export const temporal = Type.Object(
  {
    url: Type.Optional(
      text("text", {
        description: "Temporal's address.",
        env: "TEMPORAL_URL",
        example: "localhost:7233",
        support: "ignored",
      }),
    ),
    queue: Type.Optional(
      text("name", {
        description: "Temporal's task queue.",
        env: "TEMPORAL_QUEUE",
        example: "attach",
        support: "ignored",
      }),
    ),
  },
  { description: "Durable workflows." },
);
