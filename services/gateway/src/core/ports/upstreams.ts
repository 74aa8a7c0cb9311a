/** How an upstream is doing, for readiness and metrics. */
export interface UpstreamState {
  readonly name: string;
  /** `open`: avoided after failures; `half_open`: one request may try it. */
  readonly breaker: "closed" | "open" | "half_open";
  /** What the last health check found; `null` where none was made. */
  readonly healthy: boolean | null;
  /** Requests in flight. */
  readonly active: number;
}

export interface UpstreamStates {
  states(): readonly UpstreamState[];
}
