import Type from "typebox";
import { choice, integer, onOff, secret, text } from "../setting.ts";

export const metering = Type.Object(
  {
    usage: choice(["prometheus", "openmeter", "null"], {
      description:
        "Whether tokens are counted, and who is told. `prometheus`: `/metrics` and `/attach/v1/usage`. `openmeter`: OpenMeter besides. `null`: nothing is counted, and calls are not measured.",
      env: "USAGE_METERING",
      default: "prometheus",
      example: "openmeter",
    }),
    askStreams: onOff({
      description:
        "Whether an OpenAI stream that says nothing of usage is asked for it (`stream_options.include_usage`). The client then sees one more chunk at the end. Off: such streams are counted by an estimate.",
      env: "USAGE_ASK_STREAMS",
      default: false,
      example: "on",
    }),
    openmeterUrl: Type.Optional(
      text("url", {
        description: "OpenMeter's address: events go to `/api/v1/events` there.",
        env: "OPENMETER_URL",
        example: "https://openmeter.example.com",
      }),
    ),
    openmeterApiKey: Type.Optional(
      secret("token", {
        description: "OpenMeter's key.",
        env: "OPENMETER_API_KEY",
        least: 1,
        most: 4096,
        example: "<key>",
      }),
    ),
  },
  { description: "Usage." },
);

export const telemetry = Type.Object(
  {
    endpoint: Type.Optional(
      text("url", {
        description:
          "An OpenTelemetry collector (OTLP over HTTP): traces go to `/v1/traces` there, metrics to `/v1/metrics`. Unset: no traces, and a caller's `traceparent` passes as it is.",
        env: "OTEL_EXPORTER_OTLP_ENDPOINT",
        example: "http://localhost:4318",
      }),
    ),
    headers: Type.Optional(
      secret("address", {
        description: "Headers for the collector: `name=value`, comma-separated, values percent-encoded.",
        env: "OTEL_EXPORTER_OTLP_HEADERS",
        example: "Authorization=Bearer%20<key>",
      }),
    ),
    serviceName: text("name", {
      description: "What this gateway is called in traces.",
      env: "OTEL_SERVICE_NAME",
      default: "attach-gateway",
      example: "attach-gateway-eu",
    }),
    samplePercent: integer({
      description:
        "How many of a hundred calls are traced. A caller that continues a trace of its own decides for itself.",
      env: "TRACE_SAMPLE_PERCENT",
      default: 100,
      least: 0,
      most: 100,
      example: "10",
    }),
  },
  { description: "OpenTelemetry." },
);

export const durability = choice(["batched", "strict"], {
  description:
    "When an answer may end. `batched`: at once; its audit and usage records are written within 0.2 s, and a process that is killed loses those not written yet. `strict`: once its records are durable, which costs each answer a write to the disk.",
  env: "DURABILITY",
  default: "batched",
  example: "strict",
});
