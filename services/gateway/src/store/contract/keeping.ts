import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Bench } from "./driver.ts";
import { aDelegation, aKey, anEvent, issue, NOW } from "./fixtures.ts";

/** Keys, facts, and the store's own life. */
export function keeping(at: Bench): void {
  test("of two first signing keys one stands, for everybody", async () => {
    const answers = await Promise.all([
      at.store.addFirstSigningKey(aKey("k1"), anEvent("key.create")),
      at.second.addFirstSigningKey(aKey("k2"), anEvent("key.create")),
    ]);
    expect(answers[0]).toHaveLength(1);
    expect(answers[1]).toEqual(answers[0]);
    expect(await at.store.loadSigningKeys()).toEqual(answers[0]);
    expect(await at.under.auditedActions()).toEqual(["key.create"]);
  });

  test("T09: of several processes that rotate at once one does", async () => {
    await at.store.addFirstSigningKey(aKey("k1"), anEvent("key.create"));
    const rotation = (fresh: string) => ({
      expected: "k1",
      keys: [
        aKey("k1", { status: "retiring", changedAt: NOW + 5 }),
        aKey(fresh, { createdAt: NOW + 5, changedAt: NOW + 5 }),
      ],
      event: anEvent("key.rotate"),
    });
    const outcomes = await Promise.all([
      at.store.replaceSigningKeys(rotation("k2")),
      at.second.replaceSigningKeys(rotation("k3")),
    ]);
    expect([...outcomes].sort()).toEqual(["changed", "replaced"]);
    const winner = outcomes[0] === "replaced" ? "k2" : "k3";
    expect(await at.second.loadSigningKeys()).toEqual(rotation(winner).keys);
    expect(await at.under.auditedActions()).toEqual(["key.create", "key.rotate"]);
  });

  test("believes the first to state a fact, until it is replaced", async () => {
    expect(await at.store.rememberOnce("fact", "a")).toBe("a");
    expect(await at.second.rememberOnce("fact", "b")).toBe("a");
    await at.second.replaceFact("fact", "c");
    await at.second.replaceFact("other", "d");
    expect(await at.store.rememberOnce("fact", "a")).toBe("c");
    expect(await at.store.rememberOnce("other", "a")).toBe("d");
  });

  test("O11: a backup of a live store is whole, and nothing is ever written over", async () => {
    const folder = await mkdtemp(join(tmpdir(), "attach-backup-"));
    const target = join(folder, "copy");
    let issued = 0;
    let going = true;
    const storm = (async () => {
      while (going) await issue(at.store, aDelegation(`d${issued++}`));
    })();
    await at.store.backup(target);
    going = false;
    await storm;
    expect(issued).toBeGreaterThan(0);
    await expect(at.store.backup(target)).rejects.toThrow(/exists/);
    await expect(at.store.backup(join(folder, "no", "such", "folder"))).rejects.toThrow();
    await rm(folder, { recursive: true });
  });

  test("says that it can be used, until it is closed", async () => {
    await at.store.ping();
    const closed = await at.under.open();
    await closed.close();
    await expect(closed.ping()).rejects.toThrow();
    await expect(closed.trail.append([anEvent()])).rejects.toThrow();
  });
}
