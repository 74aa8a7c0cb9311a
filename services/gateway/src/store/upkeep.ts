import type { Clock } from "../core/clock.ts";
import type { Store } from "../core/ports/store.ts";

const EVERY_MS = 60_000;

export interface UpkeepOptions {
  readonly store: Pick<Store, "purge">;
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void };
  /** Milliseconds between two rounds. */
  readonly everyMs?: number;
}

export interface Upkeep {
  /** Ends it; settles when no round is under way. */
  close(): Promise<void>;
}

/** Removes what can matter no more, once a minute: a store that only grows gets slower, and its backups longer. */
export function startUpkeep({ store, clock, log, everyMs = EVERY_MS }: UpkeepOptions): Upkeep {
  let underWay: Promise<void> | undefined;
  const round = async (): Promise<void> => {
    try {
      await store.purge(clock.now());
    } catch (err) {
      log.warn({ err }, "ended tokens could not be removed from the store");
    }
    underWay = undefined;
  };
  const timer = setInterval(() => {
    underWay ??= round();
  }, everyMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await underWay;
    },
  };
}
