import type { Dispatcher } from "undici";

/** What a call may ask of the connection it is on. */
export interface Carrier {
  abandon(call: Call): void;
  pause(call: Call): void;
  resume(call: Call): void;
}

/** One request and its response, as undici's handlers know it. Once it is over, nothing it is told reaches the connection. */
export class Call implements Dispatcher.DispatchController {
  rawHeaders: string[] | null = null;
  rawTrailers: string[] | null = null;
  paused = false;
  reason: Error | null = null;
  readonly handler: Dispatcher.DispatchHandler;
  readonly #carrier: Carrier;

  constructor(carrier: Carrier, handler: Dispatcher.DispatchHandler) {
    this.#carrier = carrier;
    this.handler = handler;
  }

  get aborted(): boolean {
    return this.reason !== null;
  }

  abort(reason: Error): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.#carrier.abandon(this);
  }

  pause(): void {
    this.paused = true;
    this.#carrier.pause(this);
  }

  resume(): void {
    this.paused = false;
    this.#carrier.resume(this);
  }
}
