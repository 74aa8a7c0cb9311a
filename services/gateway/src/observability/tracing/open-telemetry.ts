import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { CallEnd, RelayedCall, Usage } from "../../core/ports/relayed-call.ts";
import type { TracedModel, Tracing } from "../../core/ports/tracing.ts";
import { genAiMetrics } from "./gen-ai-metrics.ts";
import { readTraceParent, writeTraceParent } from "./trace-context.ts";

export interface TelemetryOptions {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly version: string;
  /** From 0 to 1. */
  readonly sampled: number;
}

export interface Telemetry {
  readonly tracing: Tracing;
  /** Sends what waits. */
  close(): Promise<void>;
}

const METRICS_EVERY_MS = 15_000;
/** What a close waits for a collector, in milliseconds. */
const CLOSE_MS = 2_000;

/**
 * OpenTelemetry, by its own SDK: loaded only where a collector is configured. Two spans a call: the request to the gateway, and
 * below it the model's run by the GenAI conventions. Never a word of prompt or answer.
 */
export function startTelemetry({
  endpoint,
  headers,
  serviceName,
  version,
  sampled,
}: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({ "service.name": serviceName, "service.version": version });
  const traces = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampled) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers: { ...headers } }),
      }),
    ],
  });
  const metrics = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${endpoint}/v1/metrics`, headers: { ...headers } }),
        exportIntervalMillis: METRICS_EVERY_MS,
      }),
    ],
  });
  const tracer = traces.getTracer("attach-gateway", version);
  const measure = genAiMetrics(metrics.getMeter("attach-gateway", version));

  return {
    tracing: {
      begin(call, model) {
        const caller = readTraceParent(call.headers);
        const server = tracer.startSpan(
          model === null ? call.method : `${call.method} ${call.path}`,
          { kind: SpanKind.SERVER, startTime: call.at, attributes: aboutRequest(call, model) },
          contextOf(caller),
        );
        const run =
          model === null
            ? null
            : tracer.startSpan(
                nameOf(call, model),
                { kind: SpanKind.CLIENT, startTime: call.at, attributes: aboutRun(call, model) },
                trace.setSpan(ROOT_CONTEXT, server),
              );
        return {
          stamps: writeTraceParent((run ?? server).spanContext(), caller?.state ?? ""),
          end(end, usage) {
            if (run !== null && model !== null) {
              endSpan(run, end, usageOf(usage));
              measure(call, model, { end, usage });
            }
            endSpan(server, end, end.status === 0 ? {} : { "http.response.status_code": end.status });
          },
        };
      },
    },
    async close() {
      const sent = Promise.allSettled([traces.shutdown(), metrics.shutdown()]);
      await Promise.race([sent, new Promise((wake) => setTimeout(wake, CLOSE_MS).unref())]);
    },
  };
}

function contextOf(caller: ReturnType<typeof readTraceParent>): Context {
  if (caller === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = caller;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags, isRemote: true });
}

function aboutRequest(
  { method, path, principal, session, upstream }: RelayedCall,
  model: TracedModel | null,
): Attributes {
  return {
    "http.request.method": method,
    // A path that no table knows may hold anything.
    ...(model === null ? {} : { "http.route": path }),
    "user.id": principal.owner.sub,
    "attach.user.issuer": principal.owner.iss,
    "attach.session": session,
    "attach.upstream": upstream,
    ...(principal.kind === "agent" ? { "attach.delegation.root": principal.root } : {}),
  };
}

const nameOf = ({ read }: RelayedCall, { operation }: TracedModel): string =>
  read?.model ? `${operation} ${read.model}` : operation;

function aboutRun(
  { read, principal, session }: RelayedCall,
  { operation, provider }: TracedModel,
): Attributes {
  return {
    "gen_ai.operation.name": operation,
    "gen_ai.provider.name": provider,
    "gen_ai.conversation.id": session,
    ...(read?.model ? { "gen_ai.request.model": read.model } : {}),
    ...(principal.kind === "agent" ? { "gen_ai.agent.id": principal.agent } : {}),
  };
}

function usageOf(usage: Usage | null): Attributes {
  if (usage === null) return {};
  return {
    "gen_ai.usage.input_tokens": usage.inputTokens,
    "gen_ai.usage.output_tokens": usage.outputTokens,
    "attach.usage.source": usage.source,
  };
}

function endSpan(span: Span, { status, error, aborted, endedAt }: CallEnd, attributes: Attributes): void {
  span.setAttributes(attributes);
  const type = error?.code ?? (aborted ? "client_closed" : status >= 400 ? String(status) : undefined);
  if (type !== undefined) {
    span.setAttribute("error.type", type);
    if (!aborted) span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(endedAt);
}
