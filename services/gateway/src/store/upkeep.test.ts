import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { aDelegation, issue, NOW } from "./contract/fixtures.ts";
import { openStore } from "./open.ts";
import { startUpkeep } from "./upkeep.ts";

test("removes ended tokens by itself", async () => {
  const store = await openStore("sqlite::memory:");
  await issue(store, aDelegation("d1"));
  const clock = { now: () => NOW + 86_400_000 };
  const upkeep = startUpkeep({ store, clock, log: { warn: () => {} }, everyMs: 5 });
  while ((await store.findDelegation("d1")) !== undefined) await delay(5);
  await upkeep.close();
  await store.close();
});

test("says that it could not, and tries again", async () => {
  const warnings: string[] = [];
  const store = await openStore("sqlite::memory:");
  await store.close();
  const log = { warn: (_: object, message: string) => void warnings.push(message) };
  const upkeep = startUpkeep({ store, clock: { now: () => NOW }, log, everyMs: 5 });
  while (warnings.length < 2) await delay(5);
  await upkeep.close();
  expect(new Set(warnings)).toEqual(new Set(["ended tokens could not be removed from the store"]));
});
