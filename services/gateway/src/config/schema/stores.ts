import Type from "typebox";
import { secret, text } from "../setting.ts";

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
