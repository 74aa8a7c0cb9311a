import Type from "typebox";
import { bytes, choice, duration, integer, list, secret, text } from "../setting.ts";

export const server = Type.Object(
  {
    port: integer({
      description: "Port to listen on. 0 takes any free one, and then `PUBLIC_URL` must be set.",
      env: "PORT",
      flag: "port",
      default: 8080,
      least: 0,
      most: 65_535,
      example: "8080",
    }),
    host: text("host", {
      description:
        "Address to listen on. Beyond loopback the program starts only with `PUBLIC_URL`, and `AGENT_REGISTRATION` defaults to `registered`.",
      env: "HOST",
      flag: "host",
      default: "127.0.0.1",
      example: "0.0.0.0",
    }),
    publicUrl: Type.Optional(
      text("origin", {
        description:
          "The address clients use: issuer and default audience of agent tokens. An origin, without a path.",
        env: "PUBLIC_URL",
        computed: "`http://localhost:PORT`",
        example: "https://gateway.example.com",
      }),
    ),
    publicUrlAliases: list("origin", {
      description:
        "Other addresses that clients reach the gateway by: a DPoP proof may name them in `htu`. Tokens name `PUBLIC_URL` all the same. Where that is on loopback, its other spellings are known.",
      env: "PUBLIC_URL_ALIASES",
      default: [],
      example: "https://gateway.internal:8443",
    }),
    maxBody: bytes({
      description:
        "Largest request body that is relayed; a larger one is refused with 413. Bodies are streamed, not held.",
      env: "MAX_BODY",
      default: "128MiB",
      least: 1024,
      most: 1024 ** 4,
      example: "1GiB",
    }),
    maxRead: bytes({
      description:
        "Largest body of an inference call that is read before it is relayed, where something depends on what it says: the choice of an upstream, policies, limits, metering, memory. A larger one passes unread; policies about models refuse it.",
      env: "MAX_READ",
      default: "8MiB",
      least: 1024,
      most: 256 * 1024 ** 2,
      example: "32MiB",
    }),
    maxHeader: bytes({
      description: "Largest request head: all header lines together.",
      env: "MAX_HEADER",
      default: "16KiB",
      least: 4096,
      most: 256 * 1024,
      example: "32KiB",
    }),
    headersTimeout: duration({
      description: "How long a client may take to send its request headers.",
      env: "HEADERS_TIMEOUT",
      default: "15s",
      least: 1000,
      most: 300_000,
      example: "15s",
    }),
    requestTimeout: duration({
      description: "How long a client may take to send a whole request, its body included.",
      env: "REQUEST_TIMEOUT",
      default: "10m",
      least: 1000,
      most: 86_400_000,
      example: "30m",
    }),
    keepAliveTimeout: duration({
      description:
        "How long an idle client connection is kept. Longer than a load balancer in front keeps it.",
      env: "KEEP_ALIVE_TIMEOUT",
      default: "65s",
      least: 1000,
      most: 3_600_000,
      example: "75s",
    }),
    drainTimeout: duration({
      description: "How long running requests may take to end after SIGTERM.",
      env: "DRAIN_TIMEOUT",
      default: "25s",
      least: 0,
      most: 3_600_000,
      example: "25s",
    }),
    workers: integer({
      description:
        "Processes that serve. More than one uses more cores: they share the port, the store, limits and revocations.",
      env: "WORKERS",
      flag: "workers",
      default: 1,
      least: 1,
      most: 64,
      example: "4",
    }),
    corsOrigins: list("origin", {
      description: "Web origins whose pages may call the gateway. Exact origins; `*` is refused.",
      env: "CORS_ORIGINS",
      default: [],
      example: "https://app.example.com",
    }),
    metricsToken: Type.Optional(
      secret("token", {
        description: "Bearer token for `/metrics`. Without it `/metrics` answers loopback only.",
        env: "METRICS_TOKEN",
        least: 16,
        most: 512,
        example: "<16 or more characters>",
      }),
    ),
    logLevel: choice(["fatal", "error", "warn", "info", "debug", "trace", "silent"], {
      description: "How much is logged.",
      env: "LOG_LEVEL",
      default: "info",
      example: "debug",
    }),
  },
  { description: "The gateway's own front: where it listens, and what it takes in." },
);
