import type { Owner } from "../owner.ts";
import type { AuditEvent } from "./audit.ts";
import type { Page } from "./page.ts";

/** One thing that was said or noted, as it is kept: secrets are out of it by then (S22). Times are milliseconds. */
export interface MemoryEvent {
  /** A UUIDv7: its time is `created`. */
  readonly id: string;
  readonly owner: Owner;
  readonly created: number;
  /** `prompt` and `answer` of a relayed call, `note` and whatever a writer calls its own. */
  readonly kind: string;
  readonly text: string;
  readonly meta: Readonly<Record<string, unknown>> | null;
  /** `mirror`: seen by the gateway itself. `api`: written by somebody. */
  readonly source: "mirror" | "api";
  /** Agents, the one that acted first; empty for the user themselves. */
  readonly chain: readonly string[];
  readonly session: string | null;
  /** The delegation that all agents of one workflow share. */
  readonly root: string | null;
  readonly task: string | null;
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly requestId: string | null;
  /** Keyed (S21), over the body as it crossed the gateway. */
  readonly bodyHash: string | null;
}

/** A part of an owner's memory: what an agent wrote itself, what belongs to a workflow, or what is both. Never neither. */
export type MemoryPart =
  | { readonly agent: string; readonly root: string | null }
  | { readonly agent: null; readonly root: string };

/** What of an owner's memory somebody may see. */
export interface MemoryView {
  readonly owner: Owner;
  /** `null`: all of it. Else what is in any of these; nothing where there is none. */
  readonly within: readonly MemoryPart[] | null;
}

export interface MemoryQuestion {
  readonly view: MemoryView;
  /** Plain words, in any language; `null`: everything. Newest first, those that hold every word before those that hold some. */
  readonly words: string | null;
  readonly cursor: string | null;
  readonly limit: number;
}

/** How long and how much is kept. */
export interface Retention {
  /** Milliseconds; `null`: for ever. */
  readonly maxAgeMs: number | null;
  /** Newest events of one owner. */
  readonly maxEvents: number;
}

/** Where memory is kept. Each backend runs the same contract (test/support/memory/contract.ts). */
export interface MemoryStore {
  /** Durable and readable when it resolves. An event whose id is there already is left as it is: a retry writes once. */
  add(events: readonly MemoryEvent[]): Promise<void>;
  find(view: MemoryView, id: string): Promise<MemoryEvent | undefined>;
  list(question: MemoryQuestion): Promise<Page<MemoryEvent>>;
  /** @param source only an event of this source. @returns false where the view holds no such event */
  remove(view: MemoryView, id: string, source?: MemoryEvent["source"]): Promise<boolean>;
  /**
   * Forgets all of an owner's that was created up to `event.time`, also what waits in the spool, and records that. Nothing of it
   * is shown from the moment it resolves, also where the rows are still being removed. @returns how many events
   */
  eraseAll(owner: Owner, event: AuditEvent): Promise<number>;
  /** Removes what retention no longer covers, and goes on with erasures that were cut short. Bounded work. */
  purge(now: number, retention: Retention): Promise<void>;
}

/** Sealed records that wait to be redacted (S22): on the disk, and of no use without the key. */
export interface SpooledBatch {
  readonly seq: number;
  readonly sealed: Uint8Array;
}

export interface SpoolState {
  readonly batches: number;
  readonly bytes: number;
}

/** The durable queue before redaction. */
export interface MemorySpool {
  /** Durable when it resolves. */
  append(batches: readonly Uint8Array[], now: number): Promise<void>;
  /** The oldest batch beyond `after` of this process, or of one that has left it behind; none, or one. */
  next(now: number, after: number): Promise<readonly SpooledBatch[]>;
  /** Adds what was made of a batch and removes it, in one transaction; does nothing where another process was first. */
  settle(seq: number, events: readonly MemoryEvent[]): Promise<void>;
  state(): Promise<SpoolState>;
}

/** A value as JSON has it. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Takes secrets out of texts, and of the strings and secret members of objects, off this thread (S22). */
export interface Redactor {
  redact(values: readonly JsonValue[]): Promise<readonly JsonValue[]>;
}
