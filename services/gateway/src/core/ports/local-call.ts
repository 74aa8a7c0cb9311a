import type { Principal } from "../principal.ts";

/** A request of the gateway to itself, on behalf of somebody whose own request is over. */
export interface LocalCall {
  /** Verified when they asked; judged again now: an expired or revoked one is refused like any other (401). */
  readonly principal: Principal;
  /** Theirs, for the session of a user's own call (CONTRACT §4). */
  readonly userAgent: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface LocalAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Passes the same stations as a call that comes over the network: scope, policy, limits, metering, mirror and audit trail hold for it.
 * @throws Error when it was aborted, or the answer is too large
 */
export type CallLocally = (call: LocalCall) => Promise<LocalAnswer>;
