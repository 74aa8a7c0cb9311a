/** What a workflow is started with. */
export interface WorkflowOrder {
  /** The workflow's id: the task's. A second start under it finds the first. */
  readonly id: string;
  /** The workflow's type. */
  readonly name: string;
  /** `null`: the configured one. */
  readonly queue: string | null;
  readonly input: unknown;
  /** On whose behalf: goes with the input, and into the memo. No credential: a workflow's history is kept for long, and read by many. */
  readonly identity: WorkflowIdentity;
  /** W3C trace context of whoever asked; `null` where there is none. */
  readonly traceparent: string | null;
}

export interface WorkflowIdentity {
  readonly user: { readonly iss: string; readonly sub: string };
  readonly session: string;
  /** Agents, current one first. */
  readonly chain: readonly string[];
  /** Where its activities get a token for this task. */
  readonly gateway: string;
}

export type WorkflowEnd =
  | { readonly kind: "completed"; readonly result: unknown }
  | { readonly kind: "failed" | "canceled" | "terminated" | "timed_out"; readonly message: string };

/** Durable workflows, done elsewhere. Everything rejects where their server cannot be reached. */
export interface Workflows {
  /** Idempotent. */
  start(order: WorkflowOrder): Promise<void>;
  /** Waits for its end, for days if need be. Rejects when aborted. */
  end(id: string, signal: AbortSignal): Promise<WorkflowEnd>;
  cancel(id: string): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
