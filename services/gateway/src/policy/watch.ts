export interface WatchOptions {
  /** How the files stood when they were last read. */
  readonly seen: string;
  /** How they stand now. Must not throw. */
  readonly look: () => Promise<string>;
  readonly everyMs: number;
  readonly onChange: () => Promise<void>;
}

/**
 * Looks at files again and again: what a container platform mounts changes by renamed links, of which file events tell
 * nothing reliable. A change counts once the files stand still for a round, so that half a file is not taken for a whole one.
 * @returns stops looking
 */
export function watchFiles({ seen, look, everyMs, onChange }: WatchOptions): () => void {
  let read = seen;
  let last = seen;
  let busy = false;

  async function round(): Promise<void> {
    const now = await look();
    const still = now === last;
    last = now;
    if (!still || now === read) return;
    read = now;
    await onChange();
  }

  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void round().finally(() => {
      busy = false;
    });
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
