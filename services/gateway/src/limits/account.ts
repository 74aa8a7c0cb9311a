import type { RuleWindow } from "../core/limit-rule.ts";
import type { LedgerGrant, LedgerOrder } from "../core/ports/ledger.ts";
import { spanOf } from "./rule.ts";

/** What an account is, as its rule says. */
export interface AccountSpec {
  readonly key: string;
  readonly limit: number;
  readonly window: RuleWindow;
}

export type Taken =
  | "taken"
  /** The ledger cannot be reached. */
  | "unavailable"
  /** It does not fit; in so many milliseconds it may, as things stand. 0: nobody knows. */
  | { readonly freeInMs: number };

/** A call that waits for the ledger's answer. */
export interface Waiter {
  readonly amount: number;
  /** Was it part of the order that is under way? */
  ordered: boolean;
  outcome: Taken | undefined;
  wake: (() => void) | undefined;
}

/** Without a call for this long, what is held in advance goes back to the others, in milliseconds. */
const IDLE_MS = 1_000;
/** Blocks that are asked for: so many calls like the last one. */
const CALLS_AHEAD = 8;
/** Near the limit, which begins where this part of it is left, the ledger is told at once what is used and what is free again. */
const NEAR_PART = 8;
/** What the ledger has not been told of yet is no more than this part of the limit: a process that is killed forgets that. */
const UNTOLD_PART = 64;

/**
 * One account as this process sees it: what it holds of the ledger (`lease`) is promised to calls that run (`live`), used and not yet
 * reported (`used`), or free for the next call.
 */
export class Account {
  readonly spec: AccountSpec;
  readonly waiters: Waiter[] = [];
  lease = 0;
  live = 0;
  used = 0;
  /** What nobody held and nobody had used, as of the last answer. */
  left: number;
  /** An order is under way. */
  busy = false;
  /** Something is held that should go back at once. */
  returns = false;
  /** Until when what is held is ours, and when a call was let in last: milliseconds of a clock that nobody sets. */
  #leaseUntil = 0;
  #takenAt = Number.NEGATIVE_INFINITY;
  #largest = 0;
  #taken = 0;

  constructor(spec: AccountSpec) {
    this.spec = spec;
    this.left = spec.limit;
  }

  /** Nothing to remember. */
  get blank(): boolean {
    return !this.busy && this.lease === 0 && this.live === 0 && this.used === 0 && this.waiters.length === 0;
  }

  spare(elapsed: number): number {
    return elapsed < this.#leaseUntil ? Math.max(0, this.lease - this.live - this.used) : 0;
  }

  /** Out of what is held here already. @returns whether there was enough */
  take(amount: number, elapsed: number): boolean {
    if (this.waiters.length > 0 || this.spare(elapsed) < amount) return false;
    this.#promise(amount, elapsed);
    return true;
  }

  /** A call is over: what was promised to it is free but for what it used. */
  settle(reserved: number, used: number): void {
    this.live -= reserved;
    // Of a window without memory nothing is ever reported.
    if (this.spec.window.kind === "none") return;
    this.used += used;
  }

  /** May the ledger hear of what was used with the next renewal? It must hold all of it for us until then, and nobody may lack it. */
  mayWait(elapsed: number): boolean {
    const { limit } = this.spec;
    return (
      this.waiters.length === 0 &&
      elapsed < this.#leaseUntil &&
      this.live + this.used <= this.lease &&
      this.used * UNTOLD_PART <= limit &&
      this.left * NEAR_PART >= limit
    );
  }

  /** Is enough held in advance for the next calls? */
  runsLow(elapsed: number): boolean {
    return this.spare(elapsed) < (this.#largest * CALLS_AHEAD) / 2;
  }

  /** @param ahead whether blocks are held in advance at all */
  order({
    now,
    elapsed,
    ahead,
  }: {
    readonly now: number;
    readonly elapsed: number;
    readonly ahead: boolean;
  }): LedgerOrder {
    const isActive = ahead && (this.waiters.length > 0 || elapsed - this.#takenAt < IDLE_MS);
    const keep = isActive ? this.spare(elapsed) : 0;
    // What is given back must not be promised while the answer is on its way.
    if (keep === 0) this.lease = Math.min(this.lease, this.live + this.used);
    let need = 0;
    for (const waiter of this.waiters) {
      waiter.ordered = true;
      need += waiter.amount;
      this.#largest = Math.max(this.#largest, waiter.amount);
    }
    const wish = isActive ? Math.max(this.#largest * CALLS_AHEAD, this.#taken * 2) : 0;
    this.#taken = 0;
    this.busy = true;
    const { key, limit, window } = this.spec;
    return {
      account: key,
      limit,
      span: spanOf(window, now),
      used: this.used,
      live: this.live,
      keep,
      need: Math.min(need, limit),
      wish: Math.max(0, wish - keep),
    };
  }

  /** Takes the ledger's answer in, and serves who waited for it. */
  grant(
    { held, left, freeInMs }: LedgerGrant,
    reported: number,
    { elapsed, leaseUntil }: { readonly elapsed: number; readonly leaseUntil: number },
  ): void {
    this.busy = false;
    this.lease = held;
    this.left = left;
    this.used -= reported;
    this.#leaseUntil = leaseUntil;
    let isRefused = false;
    for (const waiter of this.waiters.splice(0)) {
      if (this.spare(elapsed) >= waiter.amount) {
        this.#promise(waiter.amount, elapsed);
        finish(waiter, "taken");
      } else if (waiter.ordered) {
        isRefused = true;
        finish(waiter, { freeInMs });
      } else this.waiters.push(waiter);
    }
    // What was not enough for its call is somebody else's.
    this.returns = isRefused && this.spare(elapsed) > 0;
    if (this.returns) this.#takenAt = Number.NEGATIVE_INFINITY;
  }

  /** The order was lost. What it would have reported is reported by the next one. */
  fail(): void {
    this.busy = false;
    for (const waiter of this.waiters.splice(0)) finish(waiter, "unavailable");
  }

  #promise(amount: number, elapsed: number): void {
    this.live += amount;
    this.#taken += amount;
    this.#takenAt = elapsed;
    this.#largest = Math.max(amount, Math.ceil(this.#largest * 0.9));
  }
}

function finish(waiter: Waiter, outcome: Taken): void {
  waiter.outcome = outcome;
  waiter.wake?.();
}
