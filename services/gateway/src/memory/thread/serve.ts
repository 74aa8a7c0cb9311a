import type { MessagePort } from "node:worker_threads";
import type { JsonValue, MemoryEvent } from "../../core/ports/memory.ts";
import { eventsOf, withheld } from "../events.ts";
import { redactValues } from "../redact/values.ts";
import { type ReadRecord, unpackRecords } from "../spool/record.ts";
import { createOpener } from "../spool/seal.ts";

export interface ThreadKeys {
  /** Of every secret, newest first. */
  readonly spool: readonly Uint8Array[];
  readonly hashes: Uint8Array;
}

export interface BatchJob {
  readonly kind: "batch";
  readonly sealed: Uint8Array;
  /** One record of it alone. */
  readonly at?: number;
  /** Without looking at its text. */
  readonly withhold?: boolean;
}

/** Each is answered in its turn. */
export type ThreadJob = { readonly kind: "values"; readonly values: readonly JsonValue[] } | BatchJob;

export type ThreadAnswer =
  | { readonly values: readonly JsonValue[] }
  /** `null`: the batch has no record at that place. */
  | { readonly events: readonly MemoryEvent[] | null }
  /** Something in its records cannot be judged; the batch itself can be opened. */
  | { readonly failed: string }
  | { readonly error: string };

/** The thread's side: everything that looks into texts happens here, where neither a request nor a write waits for it. */
export function serveRedaction(port: MessagePort, keys: ThreadKeys): void {
  const open = createOpener(keys.spool);
  let turn: Promise<void> = Promise.resolve();

  async function work(job: ThreadJob): Promise<ThreadAnswer> {
    if (job.kind === "values") return { values: await redactValues(job.values) };
    const records = unpackRecords(open(job.sealed));
    try {
      return { events: await kept(records, job) };
    } catch (error) {
      // Such as a body that is nested deeper than anything can go.
      return { failed: error instanceof Error ? error.name : "failed" };
    }
  }

  async function kept(records: readonly ReadRecord[], { at, withhold = false }: BatchJob) {
    if (at === undefined) return eventsOf(records, keys.hashes);
    const record = records[at];
    if (record === undefined) return null;
    return withhold ? withheld(record, keys.hashes) : eventsOf([record], keys.hashes);
  }

  port.on("message", (job: ThreadJob) => {
    turn = turn
      .then(() => work(job))
      .catch((error: unknown): ThreadAnswer => ({ error: error instanceof Error ? error.message : "failed" }))
      .then((answer) => port.postMessage(answer));
  });
}
