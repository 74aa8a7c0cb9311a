import type { Owner } from "../owner.ts";

/** Tokens of one call. `estimate`: the engine did not say, or not all of it, and what was missing was worked out from the text. */
export interface TokenCounts {
  readonly input: number;
  readonly output: number;
  readonly source: "engine" | "estimate";
}

/** What a reader of usage is told about a call before it goes out. */
export interface MeteredCall {
  /** As it is matched: lower case, decoded. */
  readonly path: string;
  /** The request's body where it was read; else input can be estimated by its size alone. */
  readonly body: Buffer | null;
}

/** How a call ended, as far as counting needs to know. */
export interface CallEnd {
  /** Bytes of the request's body. */
  readonly bytesIn: number;
  /** The request had reached the engine by then. */
  readonly dispatched: boolean;
}

/**
 * Looks on while an answer passes. Synchronous, never throws, holds a bounded part of what it sees. A piece may be used again
 * by its owner when `data` returns.
 */
export interface UsageTap {
  /** @param headers name, value, name, value, … as they go to the client */
  head(status: number, headers: readonly string[]): void;
  data(piece: Buffer): void;
  /**
   * Called once when the call is over, however it ended. `done` hears the counts at once where the engine gave them, later where
   * they are estimated (beside the event loop, at most seconds), and `null` where nothing is to be counted.
   */
  finish(end: CallEnd, done: (counts: TokenCounts | null) => void): void;
}

/** Makes the reader of a call's usage; `undefined` where the path runs no model. */
export type OpenUsageTap = (call: MeteredCall) => UsageTap | undefined;

/** One relayed call that ran a model. */
export interface UsageRecord {
  /** The request's id: the same call has the same one wherever it is reported. */
  readonly id: string;
  /** When it ended, milliseconds since the epoch. */
  readonly time: number;
  readonly owner: Owner;
  /** Who acted for the owner; `null`: the owner. */
  readonly agent: string | null;
  /** Root of the delegation; `null` for the owner's own call. */
  readonly root: string | null;
  readonly model: string | null;
  readonly upstream: string;
  readonly counts: TokenCounts;
}

/** Where usage is told to: at once, and without waiting for anything. */
export interface UsageRecorder {
  record(usage: UsageRecord): void;
}

/** What is added to the usage of one hour: one row of the table each. */
export interface UsageSum {
  /** Beginning of the hour, milliseconds since the epoch. */
  readonly hour: number;
  readonly owner: Owner;
  readonly agent: string | null;
  readonly model: string | null;
  readonly upstream: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the tokens above, those of calls whose counts were estimated. */
  readonly estimatedTokens: number;
}

/** An event that waits to be sent: JSON, and its place in the order. */
export interface OutboxEvent {
  readonly seq: number;
  readonly event: string;
}

export interface UsageQuestion {
  /** `null`: everybody's. */
  readonly owner: Owner | null;
  /** Hours that begin from here on, and before there; milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly by: "agent" | "user" | "model";
  readonly limit: number;
  /** Rows to leave out: those of the pages before. */
  readonly offset: number;
}

/** A line of the answer. Only the member that `by` names says something. */
export interface UsageLine {
  readonly user: { readonly iss: string; readonly sub: string } | null;
  readonly agent: string | null;
  readonly model: string | null;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly estimatedTokens: number;
}

/** Usage in the store. */
export interface UsageStore {
  /** Adds to the sums and puts events into the outbox, in one transaction. An event that is there already is not put again. */
  add(
    sums: readonly UsageSum[],
    events: readonly { readonly id: string; readonly event: string }[],
  ): Promise<void>;
  /** Most tokens first. */
  read(question: UsageQuestion): Promise<readonly UsageLine[]>;
  /** The oldest events that wait. */
  waiting(limit: number): Promise<readonly OutboxEvent[]>;
  /** How many wait. */
  countWaiting(): Promise<number>;
  /** Takes events out of the outbox: they have arrived. */
  sent(seqs: readonly number[]): Promise<void>;
}
