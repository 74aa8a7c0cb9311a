import type { Clock } from "../core/clock.ts";
import type { Keyring } from "../core/keyring.ts";
import type { AuditStore } from "../core/ports/audit.ts";
import type { MemorySpool, MemoryStore, Redactor, Retention } from "../core/ports/memory.ts";
import type { Mirror } from "../core/ports/relayed-call.ts";
import { gapEvent } from "./gap.ts";
import { createMirror, type OptOut } from "./mirror.ts";
import { createDrain } from "./spool/drain.ts";
import { createIntake } from "./spool/intake.ts";
import { createRoom } from "./spool/room.ts";
import { createSealer } from "./spool/seal.ts";
import { createWorkshop } from "./thread/workshop.ts";

export interface MemoryOptions {
  readonly store: MemoryStore;
  /** Where the store is a remote one: whether it does its work, and its start and end. */
  readonly remote?: RemoteParts;
  readonly spool: MemorySpool;
  readonly trail: Pick<AuditStore, "append">;
  readonly keyring: Pick<Keyring, "subkey" | "subkeys">;
  readonly clock: Clock;
  readonly mirror: boolean;
  readonly optOut: OptOut;
  readonly exceptPaths: readonly string[];
  readonly exceptAgents: readonly string[];
  readonly maxSpoolBytes: number;
  readonly retention: Retention;
  readonly log: {
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

export interface RemoteParts {
  check(): Promise<boolean>;
  start(): void;
  close(): Promise<void>;
}

export interface Memory {
  /** `null` where relayed calls are not remembered. */
  readonly mirror: Mirror | null;
  readonly redactor: Redactor;
  readonly store: MemoryStore;
  /** Can it be written and drained? */
  readonly failing: boolean;
  /** The same, and whether a remote backend answers. */
  check(): Promise<boolean>;
  /** Relayed calls that were not remembered for want of room. */
  readonly dropped: number;
  start(): void;
  /** Puts on the disk what waits in memory; the spool is drained by the next process. Before the store is closed. */
  close(): Promise<void>;
}

/** Held in memory at most, before it is on the disk: answers under way and records that wait. */
const ROOM_BYTES = 64 * 1024 * 1024;
const PURGE_EVERY_MS = 60_000;

/** The memory room: relayed calls into the spool, the spool into memory, and retention. */
export function createMemory(options: MemoryOptions): Memory {
  const { store, spool, trail, keyring, clock, log, retention, remote } = options;
  const workshop = createWorkshop({
    keys: { spool: keyring.subkeys("memory-spool"), hashes: keyring.subkey("memory-hashes") },
    log,
  });
  const room = createRoom(ROOM_BYTES);
  const drain = createDrain({
    spool,
    events: workshop.events,
    onState: (bytes) => intake.spooled(bytes),
    clock,
    log,
  });
  const intake = createIntake({
    spool,
    seal: createSealer(keyring.subkey("memory-spool")),
    room,
    clock,
    maxSpoolBytes: options.maxSpoolBytes,
    recordGap: (gap) => trail.append([gapEvent(gap)]),
    onAppended: drain.wake,
    log,
  });
  let purging: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function purge(): void {
    purging ??= store
      .purge(clock.now(), retention)
      .catch((err: unknown) => log.warn({ err }, "what memory should forget could not be removed"))
      .finally(() => {
        purging = undefined;
      });
  }

  return {
    mirror: options.mirror ? createMirror({ ...options, room, record: intake.record }) : null,
    redactor: workshop,
    store,
    get failing() {
      return intake.failing || drain.failing;
    },
    async check() {
      return !intake.failing && !drain.failing && (remote === undefined || (await remote.check()));
    },
    get dropped() {
      return intake.dropped;
    },
    start() {
      remote?.start();
      timer = setInterval(purge, PURGE_EVERY_MS);
      timer.unref();
      // What an earlier process has left.
      drain.wake();
    },
    async close() {
      clearInterval(timer);
      await intake.close();
      const drained = drain.close();
      await workshop.close();
      await drained;
      await purging;
      await remote?.close();
    },
  };
}
