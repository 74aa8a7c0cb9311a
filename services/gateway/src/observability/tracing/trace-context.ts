/** Where a caller's trace stands (W3C Trace Context). */
export interface TraceParent {
  /** 32 hex digits, not all zero. */
  readonly traceId: string;
  /** 16 hex digits, not all zero. */
  readonly spanId: string;
  readonly flags: number;
  /** The caller's `tracestate`, as it is; empty where there is none, or none that may be passed on. */
  readonly state: string;
}

/** Version 00 exactly; of later ones, what version 00 would read (W3C Trace Context §4.3). */
const PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const STATE = /^[\x20-\x7e]{1,512}$/;

/** @returns `undefined` for what is no context: the call then begins a trace of its own */
export function readTraceParent(headers: Readonly<Record<string, unknown>>): TraceParent | undefined {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== "string" || traceparent.length > 512) return undefined;
  const [, version, traceId, spanId, flags, rest] = PARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "00" && rest !== undefined) return undefined;
  const state = typeof tracestate === "string" && STATE.test(tracestate) ? tracestate : "";
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state };
}

/** The headers that carry on a trace from this span. */
export function writeTraceParent(
  span: { readonly traceId: string; readonly spanId: string; readonly traceFlags: number },
  state: string,
): string[] {
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, "0");
  const headers = ["traceparent", `00-${span.traceId}-${span.spanId}-${flags}`];
  if (state !== "") headers.push("tracestate", state);
  return headers;
}
