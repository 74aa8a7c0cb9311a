import { GatewayError } from "../../core/errors.ts";
import type { Owner } from "../../core/owner.ts";
import type { MemoryEvent, MemoryView, PlacedEvent, SliceQuestion } from "../../core/ports/memory.ts";

/** A remote place of memory, as the outbox needs it. Every verb may throw `RemoteUnavailable`; all can be tried again. */
export interface RemoteMemory {
  /** Whether it finds by meaning. */
  readonly hasMeaning: boolean;
  /** An event that is there already is left as it is. @returns those that are there now; the others were refused */
  put(rows: readonly PlacedEvent[]): Promise<readonly PlacedEvent[]>;
  /** @param from only what stands there or above: below it everything was erased */
  find(view: MemoryView, id: string, from: number): Promise<MemoryEvent | undefined>;
  /** Newest first. */
  slice(question: SliceQuestion, from: number): Promise<readonly PlacedEvent[]>;
  /** By words and meaning together, the best first. */
  nearest(question: NearestQuestion, from: number): Promise<readonly PlacedEvent[]>;
  /** @returns how many there were */
  remove(owner: Owner, ids: readonly string[]): Promise<number>;
  /** Everything that stands below. @returns how many that was */
  removeBelow(owner: Owner, place: number): Promise<number>;
  /** The oldest. @returns how many went */
  removeOldest(owner: Owner, events: number): Promise<number>;
  /** Does it answer? Never throws. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

export interface NearestQuestion {
  readonly view: MemoryView;
  readonly words: string;
  readonly offset: number;
  readonly limit: number;
}

/** The remote place does not answer. The cause is for the log: it names addresses. */
export class RemoteUnavailable extends GatewayError {
  constructor(cause: unknown) {
    super("memory_unavailable", "memory cannot be read at the moment", {
      headers: { "Retry-After": "5" },
      cause,
    });
    this.name = "RemoteUnavailable";
  }
}
