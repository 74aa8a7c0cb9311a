import type { Clock } from "../core/clock.ts";
import type { AuditStore, CallRecorder } from "../core/ports/audit.ts";
import type { SigningKeys } from "../core/ports/keys.ts";
import { createCheckpoints } from "./checkpoints.ts";
import { gapEvent } from "./gap.ts";
import { createRecorder } from "./recorder.ts";

export interface TrailOptions {
  readonly trail: AuditStore;
  readonly keys: SigningKeys;
  /** `PUBLIC_URL`: who signs. */
  readonly issuer: string;
  readonly clock: Clock;
  /** Are relayed calls recorded? Everything the authority does always is, in its own transactions. */
  readonly calls: boolean;
  readonly checkpointEveryMs: number;
  readonly log: { error(fields: object, message: string): void };
}

export interface Trail {
  /** `null` where calls are not recorded. */
  readonly calls: CallRecorder | null;
  /** Can the trail be written? */
  readonly failing: boolean;
  /** Calls that wait to be written, and all that were ever dropped. */
  readonly waiting: number;
  readonly dropped: number;
  /** Resolves when every call recorded so far is durable. */
  flush(): Promise<void>;
  /** From now on, checkpoints by the clock. */
  start(): void;
  /** Writes what waits and signs where the chain then stands. Before the store is closed. */
  close(): Promise<void>;
}

/** How long a close tries to write what waits, in milliseconds. */
const CLOSE_LIMIT_MS = 3_000;

/** The audit room: relayed calls into the chain, and signed statements about it. */
export function createTrail({
  trail,
  keys,
  issuer,
  clock,
  calls,
  checkpointEveryMs,
  log,
}: TrailOptions): Trail {
  const recorder = createRecorder({
    trail,
    gapEvent: (gap) => gapEvent(gap, issuer, keys.active()),
    log,
  });
  const checkpoints = createCheckpoints({ trail, keys, issuer, clock, everyMs: checkpointEveryMs, log });
  return {
    calls: calls ? recorder : null,
    get failing() {
      return recorder.failing;
    },
    get waiting() {
      return recorder.waiting;
    },
    get dropped() {
      return recorder.dropped;
    },
    flush: recorder.flush,
    start() {
      checkpoints.start();
    },
    async close() {
      checkpoints.stop();
      await recorder.close(CLOSE_LIMIT_MS);
      await checkpoints.take();
    },
  };
}
