import { describe } from "vitest";
import { a2a } from "./contract/a2a.ts";
import { type StoreDriver, twoStores } from "./contract/driver.ts";
import { issuing } from "./contract/issuing.ts";
import { keeping } from "./contract/keeping.ts";
import { registry } from "./contract/registry.ts";
import { revoking } from "./contract/revoking.ts";
import { tasks } from "./contract/tasks.ts";
import { trail } from "./contract/trail.ts";
import { usage } from "./contract/usage.ts";

/** Every promise of the `Store` port. Each driver runs it. */
export function storeContract(name: string, driver: () => Promise<StoreDriver>): void {
  describe(`${name} keeps the store's contract`, () => {
    const at = twoStores(driver);
    describe("issuing", () => issuing(at));
    describe("revoking", () => revoking(at));
    describe("registry", () => registry(at));
    describe("trail", () => trail(at));
    describe("usage", () => usage(at));
    describe("tasks", () => tasks(at));
    describe("a2a", () => a2a(at));
    describe("keeping", () => keeping(at));
  });
}
