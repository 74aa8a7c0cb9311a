import Type from "typebox";
import { choice, duration, onOff, secret, text } from "../setting.ts";

const MINUTE = 60_000;

/** The environment describes the first upstream of the list. */
const upstream = Type.Object({
  name: text("name", {
    description: "What the upstream is called, in logs and in its own prefix.",
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
  apiKey: Type.Optional(
    secret("token", {
      description: "Sent to the engine as its bearer. The caller's own token never is.",
      env: "ENGINE_API_KEY",
      least: 1,
      most: 4096,
      example: "sk-...",
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
});

export const upstreams = Type.Array(upstream, {
  description: "Engines behind the gateway. The environment describes the first. This version takes one.",
  default: [{}],
});

export const defaultModel = Type.Optional(
  text("name", {
    description: "Model for a JSON body that names none. Unset: bodies pass byte for byte.",
    env: "DEFAULT_MODEL",
    example: "llama3.2",
    support: "refused",
  }),
);
