import Type from "typebox";
import { choice, duration, integer, list, onOff, secret, text } from "../setting.ts";

const MINUTE = 60_000;

/** The environment describes the first upstream of the list. */
const upstream = Type.Object({
  name: text("upstream", {
    description:
      "What the upstream is called: in logs, in policies, and in its own prefix, `/upstreams/<name>/`.",
    default: "default",
    example: "ollama",
  }),
  url: text("engine", {
    description:
      "The engine: Ollama, vLLM, OpenAI-compatible, anything that speaks HTTP. Its address without `/v1` or `/api`: the path of each request is put behind it as it is.",
    env: "ENGINE_URL",
    flag: "upstream",
    default: "http://localhost:11434",
    example: "http://localhost:11434",
  }),
  kind: choice(["ollama", "openai", "http"], {
    description:
      "What it speaks: decides how its health is asked (`/api/version`, `/v1/models`, `/`), and keeps Ollama's `/api` away from an `openai` one.",
    env: "ENGINE_KIND",
    default: "http",
    example: "ollama",
  }),
  models: Type.Optional(
    list("model", {
      description:
        "Models that it serves, `*` at the end for all that begin so: a request that names one of them goes here. Unset: those that no other upstream lists.",
      example: "llama3.2, qwen3*",
    }),
  ),
  routes: Type.Optional(
    list("route", {
      description:
        "Where the paths begin that it serves; the longest match counts. Unset: those that no other upstream lists.",
      example: "/v1/embeddings",
    }),
  ),
  priority: integer({
    description:
      "Of several that serve a request, the lowest number is asked first; the others stand in for it.",
    default: 0,
    least: 0,
    most: 100,
    example: "1",
  }),
  weight: integer({
    description: "Its share of the requests among upstreams of the same priority.",
    default: 1,
    least: 1,
    most: 1000,
    example: "3",
  }),
  apiKey: Type.Optional(
    secret("token", {
      description:
        "Sent to the engine as its bearer, or as `keyHeader` and `keyScheme` say. The caller's own token never is.",
      env: "ENGINE_API_KEY",
      least: 1,
      most: 4096,
      example: "sk-...",
    }),
  ),
  keyHeader: text("header", {
    description: "The header that carries the key.",
    env: "ENGINE_KEY_HEADER",
    default: "Authorization",
    example: "X-Api-Key",
  }),
  keyScheme: Type.Optional(
    text("scheme", {
      description: "The word before the key.",
      env: "ENGINE_KEY_SCHEME",
      computed: "`Bearer` in `Authorization`, none elsewhere",
      example: "Basic",
    }),
  ),
  identityHeaders: onOff({
    description: "Whether the engine is told who calls (`X-Attach-*`). Off for a third party's engine.",
    env: "ENGINE_IDENTITY_HEADERS",
    default: true,
    example: "off",
  }),
  lane: choice(["fast", "undici"], {
    description:
      "Which HTTP client speaks to the engine. `fast` is the gateway's own, for engines on plain HTTP; TLS and streamed request bodies go through undici in any case. `undici` sends everything through undici.",
    env: "RELAY_LANE",
    default: "fast",
    example: "undici",
  }),
  connectTimeout: duration({
    description: "How long connecting to the engine may take; then 502.",
    env: "ENGINE_CONNECT_TIMEOUT",
    default: "10s",
    least: 100,
    most: 5 * MINUTE,
    example: "5s",
  }),
  firstByteTimeout: duration({
    description:
      "How long the engine may take to begin its answer (loading a model takes minutes); then 504.",
    env: "ENGINE_FIRST_BYTE_TIMEOUT",
    default: "10m",
    least: 100,
    most: 24 * 60 * MINUTE,
    example: "15m",
  }),
  idleTimeout: duration({
    description: "How long the engine may be silent within an answer.",
    env: "ENGINE_IDLE_TIMEOUT",
    default: "5m",
    least: 100,
    most: 24 * 60 * MINUTE,
    example: "2m",
  }),
  maxConcurrency: integer({
    description:
      "Requests in flight to it at once; beyond them another upstream is asked, and without one the answer is 503 with `Retry-After`.",
    env: "ENGINE_MAX_CONCURRENCY",
    default: 1024,
    least: 1,
    most: 65_535,
    example: "64",
  }),
  healthPath: Type.Optional(
    text("route", {
      description: "Asked by GET for its health: anything but a 5xx is a sign of life.",
      computed: "by `kind`",
      example: "/health",
    }),
  ),
  healthEvery: Type.Optional(
    duration({
      description:
        "How often its health is asked; `0s`: only when `/readyz` is asked, or while it is avoided.",
      computed: "10s with several upstreams, else 0s",
      least: 0,
      most: 60 * MINUTE,
      example: "5s",
    }),
  ),
  breakerFailures: integer({
    description:
      "After so many failures in a row (no connection, no answer, 502 or 504) it is avoided; 0: never.",
    env: "ENGINE_BREAKER_FAILURES",
    default: 5,
    least: 0,
    most: 1000,
    example: "3",
  }),
  breakerOpen: duration({
    description:
      "How long it is avoided before one request tries it again. A good answer to a health check ends it sooner.",
    env: "ENGINE_BREAKER_OPEN",
    default: "5s",
    least: 100,
    most: 60 * MINUTE,
    example: "30s",
  }),
});

export const upstreams = Type.Array(upstream, {
  description: "Engines behind the gateway. The environment describes the first, which is the default.",
  default: [{}],
});

export const defaultModel = Type.Optional(
  text("name", {
    description:
      "Model for a JSON body of an inference call that names none; an `/api/chat` body with `prompt` and no `messages` then becomes one with them. Unset: bodies pass byte for byte.",
    env: "DEFAULT_MODEL",
    example: "llama3.2",
  }),
);
