import type { Clock } from "../core/clock.ts";
import type { AuditStore } from "../core/ports/audit.ts";
import type { SigningKeys } from "../core/ports/keys.ts";
import { signCheckpoint } from "./checkpoint.ts";

export interface CheckpointOptions {
  readonly trail: Pick<AuditStore, "head" | "checkpoints" | "addCheckpoint">;
  readonly keys: SigningKeys;
  /** Who states it: `PUBLIC_URL`. */
  readonly issuer: string;
  readonly clock: Clock;
  /** A new one at the latest after this time, in milliseconds, when the chain has grown. */
  readonly everyMs: number;
  /** ... or after this many rows. */
  readonly everyRows?: number;
  readonly log: { error(fields: object, message: string): void };
}

export interface Checkpoints {
  /** Signs where the chain stands, unless that is stated already. */
  take(): Promise<void>;
  /** Looks from time to time whether one is due, until `stop`. */
  start(): void;
  stop(): void;
}

/** How often the head is looked at, in milliseconds: one row by its key. */
const LOOK_MS = 5_000;
const ROWS = 10_000;

/** Periodic signed checkpoints: what bounds how much of a tail can be cut unseen (S21). */
export function createCheckpoints(options: CheckpointOptions): Checkpoints {
  const { trail, keys, issuer, clock, everyMs, everyRows = ROWS, log } = options;
  let last: { readonly seq: number; readonly time: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function look(isDue: (rows: number, since: number) => boolean): Promise<void> {
    last ??= (await trail.checkpoints()).at(-1) ?? { seq: 0, time: 0 };
    const head = await trail.head();
    const time = clock.now();
    if (head === undefined || head.seq <= last.seq || !isDue(head.seq - last.seq, time - last.time)) return;
    const checkpoint = signCheckpoint(head, { time, issuer, key: keys.active() });
    await trail.addCheckpoint(checkpoint);
    last = checkpoint;
  }

  /** One at a time; a failure is told and tried again at the next look: what is recorded stands without it. */
  function queue(isDue: (rows: number, since: number) => boolean): Promise<void> {
    running = running
      .then(() => look(isDue))
      .catch((error: unknown) => log.error({ error: String(error) }, "no audit checkpoint could be made"));
    return running;
  }

  return {
    take: () => queue(() => true),
    start() {
      timer ??= setInterval(
        () => void queue((rows, since) => rows >= everyRows || since >= everyMs),
        Math.min(LOOK_MS, everyMs),
      ).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
