import type { Clock } from "../../core/clock.ts";
import type { MemorySpool } from "../../core/ports/memory.ts";
import { packRecords, type RawRecord } from "./record.ts";
import type { Room } from "./room.ts";

/** Records that were dropped: how many, and when the first and the last of them, in milliseconds since the epoch. */
export interface Gap {
  readonly dropped: number;
  readonly since: number;
  readonly until: number;
}

export interface IntakeOptions {
  readonly spool: Pick<MemorySpool, "append">;
  readonly seal: (plain: Buffer) => Uint8Array;
  readonly room: Room;
  readonly clock: Clock;
  /** Most bytes that may wait on the disk. */
  readonly maxSpoolBytes: number;
  /** Tells durably of what was dropped. */
  recordGap(gap: Gap): Promise<void>;
  /** Something new waits on the disk. */
  onAppended(): void;
  readonly log: { error(fields: object, message: string): void };
  /** How long a record waits for company, in milliseconds. */
  readonly everyMs?: number;
  /** How long to wait after the store failed, in milliseconds. */
  readonly retryMs?: number;
}

export interface Intake {
  record(record: RawRecord): void;
  /** Bytes that wait on the disk, as far as this process knows. */
  spooled(bytes: number): void;
  /** Tries once more to write what waits. */
  close(): Promise<void>;
  readonly dropped: number;
  readonly failing: boolean;
}

const EVERY_MS = 20;
const RETRY_MS = 1_000;
/** Records and bytes of one batch: what is redacted and written in one go. */
const BATCH_RECORDS = 128;
const BATCH_BYTES = 1024 * 1024;

/** Records on their way to the disk: a call pushes onto an array and goes on. What finds no room is counted, and told of. */
export function createIntake(options: IntakeOptions): Intake {
  const { spool, seal, room, clock, maxSpoolBytes, log } = options;
  const { everyMs = EVERY_MS, retryMs = RETRY_MS } = options;
  let queue: RawRecord[] = [];
  let unwritten: { readonly batches: readonly Uint8Array[]; readonly bytes: number } | null = null;
  let gap: Gap | null = null;
  let dropped = 0;
  let spoolBytes = 0;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;

  function record(one: RawRecord): void {
    if (room.isFull || spoolBytes >= maxSpoolBytes) {
      dropped++;
      gap = { dropped: (gap?.dropped ?? 0) + 1, since: gap?.since ?? one.endedAt, until: one.endedAt };
      room.give(bytesOf(one));
    } else queue.push(one);
    schedule(everyMs);
  }

  function schedule(ms: number): void {
    if (flushing === undefined) timer ??= setTimeout(flush, ms);
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    flushing ??= write().finally(() => {
      flushing = undefined;
      if (queue.length > 0 || unwritten !== null || gap !== null) schedule(failing ? retryMs : everyMs);
    });
    return flushing;
  }

  async function write(): Promise<void> {
    try {
      if (unwritten === null && queue.length > 0) unwritten = sealAll();
      if (unwritten !== null) {
        const { batches, bytes } = unwritten;
        await spool.append(batches, clock.now());
        unwritten = null;
        room.give(bytes);
        for (const batch of batches) spoolBytes += batch.length;
        options.onAppended();
      }
      if (gap !== null) {
        const told = gap;
        gap = null;
        await options.recordGap(told).catch((error: unknown) => {
          gap = {
            dropped: told.dropped + (gap?.dropped ?? 0),
            since: told.since,
            until: gap?.until ?? told.until,
          };
          throw error;
        });
      }
      failing = false;
    } catch (error) {
      if (!failing) log.error({ error: String(error) }, "memory cannot be written: records wait");
      failing = true;
    }
  }

  function sealAll() {
    const records = queue;
    queue = [];
    const batches: Uint8Array[] = [];
    let bytes = 0;
    let start = 0;
    let size = 0;
    for (const [at, one] of records.entries()) {
      size += bytesOf(one);
      bytes += bytesOf(one);
      if (at + 1 - start < BATCH_RECORDS && size < BATCH_BYTES && at + 1 < records.length) continue;
      batches.push(seal(packRecords(records.slice(start, at + 1))));
      start = at + 1;
      size = 0;
    }
    return { batches, bytes };
  }

  return {
    record,
    spooled(bytes) {
      spoolBytes = bytes;
    },
    async close() {
      await flushing;
      if (queue.length > 0 || unwritten !== null || gap !== null) await flush();
      clearTimeout(timer);
      const lost = queue.length;
      if (failing) log.error({ lost }, "relayed calls were not remembered: memory cannot be written");
    },
    get dropped() {
      return dropped;
    },
    get failing() {
      return failing;
    },
  };
}

const bytesOf = ({ request, responseBytes }: RawRecord): number => (request?.length ?? 0) + responseBytes;
