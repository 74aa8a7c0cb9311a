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

/** Each is answered in its turn. */
export type ThreadJob =
  | { readonly kind: "values"; readonly values: readonly JsonValue[] }
  /** `at`: one record of it alone. `withhold`: without looking at its text. */
  | {
      readonly kind: "batch";
      readonly sealed: Uint8Array;
      readonly at?: number;
      readonly withhold?: boolean;
    };

export type ThreadAnswer =
  | { readonly values: readonly JsonValue[] }
  /** `null`: the batch has no record at that place. */
  | { readonly events: readonly MemoryEvent[] | null }
  | { readonly error: string };

/** The thread's side: everything that looks into texts happens here, where neither a request nor a write waits for it. */
export function serveRedaction(port: MessagePort, keys: ThreadKeys): void {
  const open = createOpener(keys.spool);
  let turn: Promise<void> = Promise.resolve();

  async function work(job: ThreadJob): Promise<ThreadAnswer> {
    if (job.kind === "values") return { values: await redactValues(job.values) };
    const records = unpackRecords(open(job.sealed));
    if (job.at === undefined) return { events: await eventsOf(records, keys.hashes) };
    const record: ReadRecord | undefined = records[job.at];
    if (record === undefined) return { events: null };
    return { events: job.withhold ? withheld(record, keys.hashes) : await eventsOf([record], keys.hashes) };
  }

  port.on("message", (job: ThreadJob) => {
    turn = turn
      .then(() => work(job))
      .catch((error: unknown): ThreadAnswer => ({ error: error instanceof Error ? error.message : "failed" }))
      .then((answer) => port.postMessage(answer));
  });
}
