import type { RevocationFeed, RevocationRecord, Revocations } from "../core/ports/revocations.ts";

export interface RevocationSource {
  revocationsSince(
    seq: number,
  ): Promise<{ readonly seq: number; readonly records: readonly RevocationRecord[] }>;
}

export interface FeedOptions {
  readonly source: RevocationSource;
  readonly revocations: Pick<Revocations, "apply">;
  /** Everything up to this place of the log is in effect already. */
  readonly since: number;
  /** How often the store is asked, in milliseconds: half of what another process may take to hear (T05: a second). */
  readonly intervalMs?: number;
  /** Without an answer for this long the view counts as stale, in milliseconds; `null`: never (S20). */
  readonly staleAfterMs: number | null;
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
  /** Milliseconds of a clock that nobody sets: only differences count. */
  readonly elapsed?: () => number;
}

const INTERVAL_MS = 250;

/**
 * Brings in what other processes revoked, by asking the store for what is new in its log: indexed, and empty nearly always.
 * One question at a time: a store that hangs shows as lag, and is not asked again on top.
 */
export function createRevocationFeed({
  source,
  revocations,
  since,
  intervalMs = INTERVAL_MS,
  staleAfterMs,
  log,
  elapsed = () => performance.now(),
}: FeedOptions): RevocationFeed {
  let seq = since;
  let caughtUpAt = elapsed();
  let running: Promise<void> | undefined;
  let failing = false;
  let closed = false;

  async function ask(): Promise<void> {
    // What the answer covers is what stood when the question was asked.
    const askedAt = elapsed();
    try {
      const news = await source.revocationsSince(seq);
      for (const record of news.records) revocations.apply(record);
      seq = Math.max(seq, news.seq);
      caughtUpAt = askedAt;
      if (failing) log.info({}, "other processes' revocations arrive again");
      failing = false;
    } catch (err) {
      if (!failing && !closed) log.warn({ err }, "other processes' revocations cannot be read");
      failing = true;
    }
  }

  function catchUp(): Promise<void> {
    running ??= ask().finally(() => {
      running = undefined;
    });
    return running;
  }

  const timer = setInterval(() => void catchUp(), intervalMs);
  timer.unref();

  const lag = () => elapsed() - caughtUpAt;
  return {
    async catchUp() {
      // One that is under way may have asked before the news that we are called for was written.
      await running;
      await catchUp();
    },
    lag,
    isStale: () => staleAfterMs !== null && lag() > staleAfterMs,
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}
