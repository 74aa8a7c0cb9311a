import type { CallEnd, RelayedCall, Usage } from "./relayed-call.ts";

/** What a traced call runs; `null`: no model. */
export interface TracedModel {
  /** By OpenTelemetry's name for it. */
  readonly operation: string;
  readonly provider: string;
}

/** A call as it is traced. */
export interface CallTrace {
  /** The trace's context for the engine: name, value, name, value, …. */
  readonly stamps: readonly string[];
  /** Called once, when it is known what the call cost. */
  end(end: CallEnd, usage: Usage | null): void;
}

export interface Tracing {
  begin(call: RelayedCall, model: TracedModel | null): CallTrace;
}
