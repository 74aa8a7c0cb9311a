/**
 * Which use still counts: what was used in the last `ms` (counted in steps of a sixtieth, so never less than what was used), since
 * the beginning of a calendar period, or none at all: then only what is held counts (concurrency).
 */
export type LedgerSpan =
  | { readonly kind: "sliding"; readonly ms: number }
  | { readonly kind: "period"; readonly start: number; readonly end: number }
  | { readonly kind: "none" };

/** Steps that a sliding window is counted in. */
export const SLIDING_STEPS = 60;

/**
 * What one process tells the ledger of one account, and asks of it. All amounts are whole numbers of the account's unit.
 * An order says how things stand, not how they changed: what is held in the end is what the answer says.
 */
export interface LedgerOrder {
  readonly account: string;
  readonly limit: number;
  readonly span: LedgerSpan;
  /** Used since the last order. */
  readonly used: number;
  /** Promised to calls that run: stays held whatever else is true, because the engine is at work already. */
  readonly live: number;
  /** Held beyond that, and wanted further. */
  readonly keep: number;
  /** What calls that wait need. */
  readonly need: number;
  /** A block beyond that, for the next calls: as much of it as leaves enough for others. */
  readonly wish: number;
}

export interface LedgerGrant {
  /** What the process holds from now on, until its lease ends. */
  readonly held: number;
  /** What nobody holds and nobody has used. */
  readonly left: number;
  /** When enough of what was used leaves the span for `need` to fit, in milliseconds; 0 where that was not it. */
  readonly freeInMs: number;
}

/**
 * Where all processes count together. An order is atomic: what is used in the span and what all processes hold never exceeds the limit by
 * a grant. What a process holds and does not renew is free again after `leaseMs`: so a crash costs nobody anything for long.
 */
export interface Ledger {
  /** How long a grant holds without being renewed, in milliseconds. */
  readonly leaseMs: number;
  /**
   * One grant for each order, in order. Answers at once where the ledger is in this process.
   * @throws or rejects where it cannot be reached; whether the orders were carried out nobody knows then
   */
  exchange(
    holder: string,
    orders: readonly LedgerOrder[],
  ): readonly LedgerGrant[] | Promise<readonly LedgerGrant[]>;
}
