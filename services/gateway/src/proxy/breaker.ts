import type { Clock } from "../core/clock.ts";

export interface BreakerOptions {
  /** Failures in a row that open it; 0: never. */
  readonly failures: number;
  /** How long it stays open, in milliseconds. */
  readonly openMs: number;
  /** Told when requests are kept away, and when they go there again. */
  readonly onChange?: (state: "open" | "closed") => void;
}

export type BreakerState = "closed" | "open" | "half_open";

/**
 * Keeps requests from an upstream that fails: closed, it lets everybody through; open, nobody; half-open, one at a time, whose
 * end decides. Every request that goes through says how it ended, once.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #clock: Clock;
  #failures = 0;
  /** Milliseconds since the epoch; 0 while closed. */
  #openUntil = 0;
  #isTried = false;

  constructor(options: BreakerOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  get state(): BreakerState {
    if (this.#openUntil === 0) return "closed";
    return this.#clock.now() < this.#openUntil ? "open" : "half_open";
  }

  /** May a request go through now? */
  get admits(): boolean {
    if (this.#openUntil === 0) return true;
    return !this.#isTried && this.#clock.now() >= this.#openUntil;
  }

  /** How long nobody gets through, in milliseconds; 0 where somebody may. */
  get waitMs(): number {
    return this.#openUntil === 0 ? 0 : Math.max(0, this.#openUntil - this.#clock.now());
  }

  /** A request goes through. */
  enter(): void {
    if (this.#openUntil !== 0) this.#isTried = true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#isTried = false;
    if (this.#openUntil === 0) return;
    this.#openUntil = 0;
    this.#options.onChange?.("closed");
  }

  failed(): void {
    this.#failures += 1;
    this.#isTried = false;
    const { failures, openMs, onChange } = this.#options;
    if (failures === 0 || this.#failures < failures) return;
    if (this.#openUntil === 0) onChange?.("open");
    this.#openUntil = this.#clock.now() + openMs;
  }

  /** A request ended and says nothing of the upstream: its caller left. */
  released(): void {
    this.#isTried = false;
  }

  /** There are signs of life: what is open may be tried at once. */
  tryNow(): void {
    if (this.#openUntil !== 0) this.#openUntil = Math.min(this.#openUntil, this.#clock.now());
  }
}
