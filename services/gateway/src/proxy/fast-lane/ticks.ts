/** Something that must not last for ever. */
export interface Mortal {
  /** The tick at which it is over. */
  readonly dueAt: number;
  expire(): void;
}

/**
 * Deadlines without a timer each: one coarse clock looks at everything. A request sets three of them, and timers of their own
 * would cost it more than its parsing.
 */
export class Ticks {
  now = 0;
  readonly #everyMs: number;
  readonly #all: readonly Mortal[];
  #timer: NodeJS.Timeout | undefined;

  /** @param shortestMs the shortest deadline: none is missed by more than an eighth of it */
  constructor(all: readonly Mortal[], shortestMs: number) {
    this.#all = all;
    this.#everyMs = Math.min(500, Math.max(10, shortestMs / 8));
  }

  /** The tick that lies `milliseconds` ahead, rounded up. */
  after(milliseconds: number): number {
    this.#timer ??= setInterval(() => this.#tick(), this.#everyMs).unref();
    return this.now + Math.ceil(milliseconds / this.#everyMs) + 1;
  }

  #tick(): void {
    this.now += 1;
    let isWaiting = false;
    for (const one of this.#all) {
      if (one.dueAt <= this.now) one.expire();
      isWaiting ||= one.dueAt !== Number.POSITIVE_INFINITY;
    }
    // A gateway at rest is not woken for nothing.
    if (isWaiting) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
