import type { Clock } from "../core/clock.ts";
import type { Ledger, LedgerGrant } from "../core/ports/ledger.ts";
import { Account, type AccountSpec, type Taken, type Waiter } from "./account.ts";
import { createTurns } from "./turns.ts";

export interface AccountsOptions {
  readonly ledger: Ledger;
  /** Who holds: a name of this process that no other has. */
  readonly holder: string;
  readonly clock: Clock;
  /** Whether others count in the same ledger. Then blocks are held in advance, and reports wait for each other. */
  readonly shared: boolean;
  readonly onError?: (error: unknown) => void;
  readonly onAnswer?: () => void;
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed?: () => number;
}

/** Everything that this process counts. */
export interface Accounts {
  take(spec: AccountSpec, amount: number): Taken | Promise<Taken>;
  /** @param used of what was taken, or more */
  settle(key: string, reserved: number, used: number): void;
  /** What is left as far as this process knows, once `take` has asked. */
  left(key: string): number;
  /** Reports what is not reported yet, and gives back what is held. */
  close(): Promise<void>;
}

/** How long a report may wait for others, in milliseconds. */
const REPORT_MS = 50;
/** How often what is held is renewed or given back, in milliseconds. */
const RENEW_MS = 1_000;
/** How often a close looks again for orders that were under way. */
const CLOSING_ROUNDS = 10;
/** Accounts at most; beyond that nobody new is let in. */
const MOST = 200_000;
/** A grant is not counted on in the last moments of its lease. */
const MARGIN = 0.2;

/** Lets calls take out of what this process holds, and keeps it in step with the ledger. */
export function createAccounts({
  ledger,
  holder,
  clock,
  shared,
  onError = () => {},
  onAnswer = () => {},
  elapsed = () => performance.now(),
}: AccountsOptions): Accounts {
  const accounts = new Map<string, Account>();
  const turns = shared ? createTurns(RENEW_MS, renew) : undefined;
  const due = new Set<Account>();
  let flushing = false;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    flushing = false;
    clearTimeout(timer);
    timer = undefined;
    const ready = [...due].filter(({ busy }) => !busy);
    if (ready.length === 0) return;
    for (const account of ready) due.delete(account);
    void send(ready);
  }

  /** @param ahead whether to hold something for the next calls */
  function send(ready: readonly Account[], ahead = shared): void | Promise<void> {
    const sentAt = elapsed();
    const orders = ready.map((account) => account.order({ now: clock.now(), elapsed: sentAt, ahead }));
    const reported = orders.map(({ used }) => used);
    const takeIn = (grants: readonly LedgerGrant[]): void => {
      onAnswer();
      // From when it was asked: the ledger counts the lease from later.
      const leaseUntil = shared ? sentAt + ledger.leaseMs * (1 - MARGIN) : Number.POSITIVE_INFINITY;
      for (const [index, account] of ready.entries()) {
        const grant = grants[index];
        if (grant === undefined) account.fail();
        else account.grant(grant, reported[index] ?? 0, { elapsed: elapsed(), leaseUntil });
        if (account.waiters.length > 0 || account.returns) schedule(account, true);
        else if (account.blank) forget(account);
      }
      if (due.size > 0) schedule(undefined, false);
    };
    const giveUp = (error: unknown): void => {
      onError(error);
      for (const account of ready) account.fail();
    };
    try {
      const grants = ledger.exchange(holder, orders);
      if (grants instanceof Promise) return grants.then(takeIn, giveUp);
      takeIn(grants);
    } catch (error) {
      giveUp(error);
    }
  }

  /** @param now at the end of this turn; else soon, with others */
  function schedule(account: Account | undefined, now: boolean): void {
    if (account !== undefined) due.add(account);
    if (flushing) return;
    if (now) {
      flushing = true;
      setImmediate(flush);
    } else timer ??= setTimeout(flush, REPORT_MS).unref();
  }

  function find(spec: AccountSpec): Account | undefined {
    const known = accounts.get(spec.key);
    if (known !== undefined) return known;
    if (accounts.size >= MOST) return undefined;
    const account = new Account(spec);
    accounts.set(spec.key, account);
    turns?.add(account);
    return account;
  }

  function forget(account: Account): void {
    accounts.delete(account.spec.key);
    turns?.remove(account);
  }

  function renew(group: ReadonlySet<Account>): void {
    for (const account of group) {
      if (account.blank) forget(account);
      else due.add(account);
    }
    if (due.size > 0) flush();
  }

  return {
    take(spec, amount) {
      const account = find(spec);
      if (account === undefined) return "unavailable";
      if (account.take(amount, elapsed())) {
        if (shared && !account.busy && account.runsLow(elapsed())) schedule(account, false);
        return "taken";
      }
      if (amount > spec.limit) return { freeInMs: 0 };
      const waiter: Waiter = { amount, ordered: false, outcome: undefined, wake: undefined };
      account.waiters.push(waiter);
      if (!shared) {
        send([account]);
        return waiter.outcome ?? "unavailable";
      }
      schedule(account, true);
      return new Promise((resolve) => {
        waiter.wake = () => resolve(waiter.outcome ?? "unavailable");
      });
    },
    settle(key, reserved, used) {
      const account = accounts.get(key);
      if (account === undefined) return;
      account.settle(reserved, used);
      if (!shared) send([account]);
      else if (!account.mayWait(elapsed())) schedule(account, false);
    },
    left(key) {
      const account = accounts.get(key);
      return account === undefined ? 0 : account.left + account.spare(elapsed());
    },
    async close() {
      turns?.stop();
      clearTimeout(timer);
      for (let round = 0; round < CLOSING_ROUNDS; round++) {
        const open = [...accounts.values()].filter(({ blank }) => !blank);
        const idle = open.filter(({ busy }) => !busy);
        if (idle.length > 0) await send(idle, false);
        if (idle.length === open.length) return;
        await new Promise((wake) => setTimeout(wake, REPORT_MS));
      }
    },
  };
}
