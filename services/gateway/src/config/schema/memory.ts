import Type from "typebox";
import { MEMORY_REACHES } from "../../core/ports/agents.ts";
import { bytes, choice, duration, integer, list, onOff, secret, text } from "../setting.ts";

const DAY = 24 * 60 * 60_000;

export const memory = Type.Object(
  {
    backend: choice(["sqlite", "weaviate", "none"], {
      description:
        "Where prompts, answers and notes are remembered: `sqlite` is the database of DATABASE_URL; `weaviate` is a Weaviate server, with what it has not taken yet waiting in that database; `none` turns all of it off.",
      env: "MEM_BACKEND",
      default: "sqlite",
      example: "none",
    }),
    mirror: onOff({
      description:
        "Whether prompts and answers of relayed calls are remembered. Off: only what is written to `/attach/v1/memory`.",
      env: "MEM_MIRROR",
      default: true,
      example: "off",
    }),
    optOut: choice(["everyone", "users", "nobody"], {
      description:
        "Who may keep a call out of memory by `X-Attach-Memory: off`. With `users`, agents cannot hide from their user what they do.",
      env: "MEM_OPT_OUT",
      default: "everyone",
      example: "users",
    }),
    exceptPaths: list("text", {
      description: "Paths of which nothing is remembered, such as `/api/generate`.",
      env: "MEM_EXCEPT_PATHS",
      default: [],
      example: "/api/generate",
    }),
    exceptAgents: list("name", {
      description: "Agents of which nothing is remembered, wherever they stand in a chain.",
      env: "MEM_EXCEPT_AGENTS",
      default: [],
      example: "code-completion",
    }),
    reach: choice([...MEMORY_REACHES], {
      description:
        "What of its user's memory an agent sees where the user's grant does not say: what it wrote itself (`own`), that and its whole workflow (`session`), or all of it (`user`).",
      env: "MEM_REACH",
      default: "session",
      example: "own",
    }),
    keepFor: duration({
      description: "How long an event is kept; `0` is for ever.",
      env: "MEM_KEEP_FOR",
      default: "365d",
      least: 0,
      most: 36_500 * DAY,
      example: "30d",
    }),
    keepEvents: integer({
      description: "How many events are kept of one user: the newest.",
      env: "MEM_KEEP_EVENTS",
      default: 100_000,
      least: 1,
      most: 1_000_000_000,
      example: "10000",
    }),
    spoolMax: bytes({
      description:
        "How much may wait on the disk, sealed, until its secrets are taken out. Beyond it calls are not remembered, which is counted and recorded.",
      env: "MEM_SPOOL_MAX",
      default: "512MiB",
      least: 1024 * 1024,
      most: 1024 * 1024 * 1024 * 1024,
      example: "2GiB",
    }),
    weaviateUrl: Type.Optional(
      text("url", {
        description: "Weaviate's address; needed with `MEM_BACKEND=weaviate`.",
        env: "WEAVIATE_URL",
        example: "http://weaviate:8080",
      }),
    ),
    weaviateGrpcUrl: Type.Optional(
      text("text", {
        description: "Weaviate's gRPC address; by default its host, port 50051.",
        env: "WEAVIATE_GRPC_URL",
        example: "weaviate:50051",
      }),
    ),
    weaviateApiKey: Type.Optional(
      secret("token", {
        description: "Weaviate's key; without one it is asked anonymously.",
        env: "WEAVIATE_API_KEY",
        example: "<key>",
      }),
    ),
    weaviateVectorizer: Type.Optional(
      text("name", {
        description:
          "A module of Weaviate's that makes the vectors for search by meaning, such as `text2vec-ollama` or `text2vec-transformers`.",
        env: "WEAVIATE_VECTORIZER",
        example: "text2vec-transformers",
      }),
    ),
    weaviateVectorizerOptions: Type.Optional(
      text("text", {
        description: "That module's options, as JSON without spaces.",
        env: "WEAVIATE_VECTORIZER_OPTIONS",
        example: '{"inferenceUrl":"http://t2v:8080"}',
      }),
    ),
    embeddingModel: Type.Optional(
      text("name", {
        description:
          "The model of the first upstream that makes the vectors instead, by `/api/embed` (Ollama) or `/v1/embeddings`. Without this and without a vectorizer, memory is searched by words.",
        env: "MEM_EMBEDDING_MODEL",
        example: "nomic-embed-text",
      }),
    ),
  },
  { description: "Memory." },
);
