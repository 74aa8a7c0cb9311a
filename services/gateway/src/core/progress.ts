interface Waiter {
  readonly mark: number;
  resolve(): void;
  reject(error: Error): void;
}

/** How far a queue is: who asks waits for what was taken in before they asked, and for nothing that came after. */
export class Progress {
  #taken = 0;
  #done = 0;
  #waiters: Waiter[] = [];

  /** So many more were taken in. */
  taken(count: number): void {
    this.#taken += count;
  }

  /** So many of the oldest are done with. */
  done(count: number): void {
    this.#done += count;
    let reached = 0;
    for (const { mark, resolve } of this.#waiters) {
      if (mark > this.#done) break;
      resolve();
      reached++;
    }
    if (reached > 0) this.#waiters = this.#waiters.slice(reached);
  }

  /** Whoever still waits waits in vain. */
  fail(error: Error): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }

  /** Resolves when everything that was taken in by now is done with. */
  reached(): Promise<void> {
    if (this.#done >= this.#taken) return Promise.resolve();
    const mark = this.#taken;
    return new Promise((resolve, reject) => this.#waiters.push({ mark, resolve, reject }));
  }
}
