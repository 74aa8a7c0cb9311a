import type { Owner } from "../owner.ts";
import type { Usage } from "./relayed-call.ts";

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
  readonly usage: Usage;
  /** The client left before the end. */
  readonly aborted: boolean;
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
