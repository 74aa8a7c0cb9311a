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

/** What the outbox hands on: an event, and its place, which stays the same wherever it is kept. */
export interface PlacedEvent {
  readonly place: number;
  readonly event: MemoryEvent;
}

/** `every`: events that hold each word. `some`: those that hold some but not each. */
export type WordTier = "every" | "some";

/** A slice of what one place keeps, newest first. */
export interface SliceQuestion {
  readonly view: MemoryView;
  /** `null`: everything. */
  readonly words: string | null;
  readonly tier: WordTier;
  /** Only what stands here or below. */
  readonly upTo: number;
  readonly limit: number;
}

/** Events that wait for a remote backend, and what has to be done there: durable, so that a crash or an outage loses none of it. */
export interface MemoryOutbox {
  /** Keeps them until they were moved. */
  readonly add: MemoryStore["add"];
  readonly eraseAll: MemoryStore["eraseAll"];
  readonly purge: MemoryStore["purge"];
  /** What waits of a view; nothing that was erased. */
  slice(question: SliceQuestion): Promise<readonly PlacedEvent[]>;
  find(view: MemoryView, id: string): Promise<MemoryEvent | undefined>;
  /** The first place of an owner's that was not erased. */
  erasedBelow(owner: Owner): Promise<number>;
  /** Removes what waits, and remembers that it must not stay at the backend either, should it be on its way. */
  remove(view: MemoryView, id: string, source?: MemoryEvent["source"]): Promise<boolean>;

  /** May this process move events now? So that of several that share the file one does. Holds for `forMs`. */
  claim(holder: string, now: number, forMs: number): Promise<boolean>;
  /** The oldest beyond `after`, of at most so many bytes but one at least. */
  oldest(after: number, limit: number, bytes: number): Promise<readonly PlacedEvent[]>;
  /** Before anything of an owner's goes to the backend: from then on erasure and retention look there. */
  announce(owners: readonly Owner[]): Promise<void>;
  /** They are at the backend. @returns what was erased or removed meanwhile, and must go there too */
  moved(rows: readonly PlacedEvent[]): Promise<readonly MovedKey[]>;
  state(): Promise<OutboxState>;

  /** Erasures that the backend has not seen through. */
  erasures(limit: number): Promise<readonly { readonly owner: Owner; readonly at: number }[]>;
  erased(owner: Owner, at: number): Promise<void>;
  /** Removed while it was on its way, since then. */
  removals(limit: number): Promise<readonly MovedKey[]>;
  settleRemovals(keys: readonly MovedKey[], now: number): Promise<void>;
  /** Owners that have something at the backend, a page after the other; `excess`: events beyond the limit. */
  remoteOwners(
    after: number,
    limit: number,
    maxEvents: number,
  ): Promise<readonly { readonly row: number; readonly owner: Owner; readonly excess: number }[]>;
  /** So many of an owner's are there no more. */
  uncount(owner: Owner, events: number): Promise<void>;
}

export interface MovedKey {
  readonly owner: Owner;
  readonly id: string;
}

export interface OutboxState {
  readonly waiting: number;
  /** When the oldest that waits was created; `null`: nothing waits. */
  readonly since: number | null;
}

/** Makes vectors of texts, all of one length. `null`: this text has none. @throws where it is worth trying again */
export interface Embedder {
  /** What they are made by: vectors of two names cannot be compared. */
  readonly name: string;
  embed(texts: readonly string[]): Promise<readonly (readonly number[] | null)[]>;
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
