/** Something to be sent. */
export interface Waiting {
  transmit(): void;
}

/**
 * Holds requests for kept connections until everything that this turn of the event loop has polled was read: bytes that nobody
 * asked for and an engine's goodbye that lie in such a socket already are then seen before its next request goes out, and not
 * taken for that request's answer (S15; undici does so since GHSA-35p6-xmwp-9g52). One immediate serves all that wait.
 */
export class AfterPoll {
  #waiting: Waiting[] = [];

  add(one: Waiting): void {
    if (this.#waiting.push(one) === 1) setImmediate(this.#send);
  }

  readonly #send = (): void => {
    const due = this.#waiting;
    this.#waiting = [];
    for (const one of due) one.transmit();
  };
}
