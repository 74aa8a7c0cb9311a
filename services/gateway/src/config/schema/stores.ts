import Type from "typebox";
import { choice, secret, text } from "../setting.ts";

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
    description:
      "Redis 6.2 or later: limits and budgets that all nodes share, and news of revocations within milliseconds. `ATTACH_SECRET` is required then.",
    env: "REDIS_URL",
    example: "redis://redis:6379",
  }),
);

export const memory = Type.Object(
  {
    backend: Type.Optional(
      choice(["sqlite", "weaviate", "none"], {
        description: "Where prompts, answers and notes are remembered. This version remembers nothing.",
        env: "MEM_BACKEND",
        computed: "`none` in this version",
        example: "none",
      }),
    ),
    weaviateUrl: Type.Optional(
      text("url", {
        description: "Weaviate's address.",
        env: "WEAVIATE_URL",
        example: "http://weaviate:8080",
        support: "ignored",
      }),
    ),
    weaviateGrpcUrl: Type.Optional(
      text("text", {
        description: "Weaviate's gRPC address; by default its host, port 50051.",
        env: "WEAVIATE_GRPC_URL",
        example: "weaviate:50051",
        support: "ignored",
      }),
    ),
    weaviateApiKey: Type.Optional(
      secret("token", {
        description: "Weaviate's key.",
        env: "WEAVIATE_API_KEY",
        example: "<key>",
        support: "ignored",
      }),
    ),
  },
  { description: "Memory." },
);

export const temporal = Type.Object(
  {
    url: Type.Optional(
      text("text", {
        description:
          "Temporal's address, `host:port`. Tasks for `temporal://Workflow` start a workflow there.",
        env: "TEMPORAL_URL",
        example: "localhost:7233",
      }),
    ),
    queue: text("name", {
      description: "Task queue of a workflow that names none.",
      env: "TEMPORAL_QUEUE",
      default: "attach",
      example: "attach",
    }),
    namespace: text("name", {
      description: "Temporal's namespace.",
      env: "TEMPORAL_NAMESPACE",
      default: "default",
      example: "agents",
    }),
    worker: Type.Optional(
      text("name", {
        description:
          "The registered agent that the workflows' workers are: it alone gets tokens for their tasks (`POST /a2a/tasks/<id>/token`).",
        env: "TEMPORAL_WORKER",
        example: "workflow-worker",
      }),
    ),
  },
  { description: "Durable workflows." },
);
