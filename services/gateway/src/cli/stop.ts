import type { Call, StopSignal } from "./call.ts";

/** A repeat within this many milliseconds is the same key press: terminals and package runners both pass it on. */
const SAME_PRESS_MS = 300;

const NUMBERS: Readonly<Record<StopSignal, number>> = { SIGINT: 2, SIGTERM: 15 };

/**
 * From now on the first SIGINT or SIGTERM resolves the promise, and the second ends the process at once. Asked for before
 * anything starts: as process 1 of a container there is no default for signals.
 */
export function awaitStop(call: Call): Promise<StopSignal> {
  return new Promise((resolve) => {
    let first: number | undefined;
    call.onSignal((signal) => {
      const now = performance.now();
      if (first === undefined) {
        first = now;
        resolve(signal);
      } else if (now - first > SAME_PRESS_MS) {
        call.exit(128 + NUMBERS[signal]);
      }
    });
  });
}
