import type { Attributes, Meter } from "@opentelemetry/api";
import type { CallEnd, RelayedCall, Usage } from "../../core/ports/relayed-call.ts";
import type { TracedModel } from "../../core/ports/tracing.ts";

/** As the conventions have them: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ */
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
const DURATIONS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const FIRST_CHUNKS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Most names of models that are told apart: callers choose them. */
const MOST_MODELS = 100;

/** The GenAI conventions' client metrics, told of each run when it is over. */
export function genAiMetrics(
  meter: Meter,
): (
  call: RelayedCall,
  model: TracedModel,
  outcome: { readonly end: CallEnd; readonly usage: Usage | null },
) => void {
  const tokens = meter.createHistogram("gen_ai.client.token.usage", {
    description: "Number of input and output tokens used.",
    unit: "{token}",
    advice: { explicitBucketBoundaries: TOKENS },
  });
  const durations = meter.createHistogram("gen_ai.client.operation.duration", {
    description: "GenAI operation duration.",
    unit: "s",
    advice: { explicitBucketBoundaries: DURATIONS },
  });
  const firstChunks = meter.createHistogram("gen_ai.client.operation.time_to_first_chunk", {
    description: "Time to receive the first chunk of a streamed answer.",
    unit: "s",
    advice: { explicitBucketBoundaries: FIRST_CHUNKS },
  });
  const models = new Set<string>();

  function shown(model: string | null, ran: boolean): string | undefined {
    // A model that nothing ran on may be no model at all.
    if (model === null || !ran) return undefined;
    if (!models.has(model) && models.size >= MOST_MODELS) return "(other)";
    models.add(model);
    return model;
  }

  return ({ read, at }, { operation, provider }, { end, usage }) => {
    const model = shown(read?.model ?? null, usage !== null);
    const about: Attributes = {
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": provider,
      ...(model === undefined ? {} : { "gen_ai.request.model": model }),
    };
    const type = end.error?.code ?? (end.status >= 400 ? String(end.status) : undefined);
    durations.record((end.endedAt - at) / 1e3, type === undefined ? about : { ...about, "error.type": type });
    if (read?.stream === true && end.firstByteAt !== null)
      firstChunks.record((end.firstByteAt - at) / 1e3, about);
    if (usage === null) return;
    tokens.record(usage.inputTokens, { ...about, "gen_ai.token.type": "input" });
    tokens.record(usage.outputTokens, { ...about, "gen_ai.token.type": "output" });
  };
}
