import { afterEach, beforeEach } from "vitest";
import type { Store } from "../../core/ports/store.ts";

/** What the contract's suite needs of a driver. */
export interface StoreDriver {
  /** A store on the data of this test: called twice, it gives two stores on the same data, as two processes have. */
  open(): Promise<Store>;
  /** Actions of the audit rows in order, read past the port; throws where the chain does not hold. */
  auditedActions(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

/** Two stores on the same fresh data, for each test. */
export interface Bench {
  readonly store: Store;
  readonly second: Store;
  readonly under: StoreDriver;
}

/** Opens them before each test and closes them after. The members are only there inside a test. */
export function twoStores(driver: () => Promise<StoreDriver>): Bench {
  let current: Bench | undefined;
  beforeEach(async () => {
    const under = await driver();
    current = { under, store: await under.open(), second: await under.open() };
  });
  afterEach(async () => {
    await current?.store.close();
    await current?.second.close();
    await current?.under.dispose();
    current = undefined;
  });
  const now = (): Bench => {
    if (current === undefined) throw new Error("the stores are open inside a test only");
    return current;
  };
  return {
    get store() {
      return now().store;
    },
    get second() {
      return now().second;
    },
    get under() {
      return now().under;
    },
  };
}
