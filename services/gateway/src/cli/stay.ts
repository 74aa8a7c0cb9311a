import { type Call, EXIT, type StopSignal } from "./call.ts";

/** More than any close should take beyond the drain, in milliseconds. */
const CLOSE_MARGIN_MS = 5_000;

export interface Staying {
  readonly stop: Promise<StopSignal>;
  readonly drainTimeoutMs: number;
  /** Ends what runs: first the gateway, then what it stood on. */
  close(): Promise<void>;
}

/** Runs until a signal asks to end, then lets running requests finish. */
export async function stay(call: Call, { stop, drainTimeoutMs, close }: Staying): Promise<number> {
  const signal = await stop;
  call.tell(`${signal}: finishing what is running (again to end at once)`);
  const closed = await Promise.race([close().then(() => true), overdue(drainTimeoutMs + CLOSE_MARGIN_MS)]);
  if (closed) return EXIT.ok;
  call.tell("It did not end in time.");
  return EXIT.failure;
}

function overdue(milliseconds: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), milliseconds).unref();
  });
}
