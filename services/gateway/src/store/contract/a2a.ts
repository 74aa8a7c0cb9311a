import { expect, test } from "vitest";
import type { PushRow } from "../../core/ports/a2a.ts";
import type { Bench } from "./driver.ts";
import { ALICE, BOB, NOW } from "./fixtures.ts";

const DAY = 86_400_000;

const aPush = (id: string, fields: Partial<PushRow> = {}): PushRow => ({
  id,
  agent: "coder",
  owner: ALICE,
  task: null,
  config: null,
  url: "https://client.example/notices",
  sealed: "v1.sealed",
  secretHash: "00",
  createdAt: NOW,
  ...fields,
});

/** Whose the agents' tasks and contexts are, and where notices go. */
export function a2a(at: Bench): void {
  const task = (id: string, agent = "coder") => ({ agent, kind: "task", id }) as const;

  test("A03: who claims a task first keeps it, over all processes", async () => {
    expect(await at.store.a2a.claim([{ ...task("t"), owner: ALICE }], NOW)).toEqual([ALICE]);
    const late = [
      { ...task("t"), owner: BOB },
      { ...task("u"), owner: BOB },
      { ...task("t", "writer"), owner: BOB },
      { agent: "coder", kind: "context", id: "t", owner: BOB } as const,
    ];
    expect(await at.second.a2a.claim(late, NOW)).toEqual([ALICE, BOB, BOB, BOB]);
    expect(await at.second.a2a.ownerOf(task("t"))).toEqual(ALICE);
    expect(await at.store.a2a.ownerOf(task("unknown"))).toBeUndefined();
    expect(await at.store.a2a.countTasks("coder", ALICE)).toBe(1);
    expect(await at.store.a2a.countTasks("coder", BOB)).toBe(1);
  });

  test("owners differ by issuer and by tenant, not by name alone", async () => {
    const others = [
      { ...ALICE, iss: "https://other.example" },
      { ...ALICE, tenant: "acme" },
    ];
    await at.store.a2a.claim([{ ...task("t"), owner: ALICE }], NOW);
    for (const owner of others)
      expect(await at.store.a2a.claim([{ ...task("t"), owner }], NOW)).toEqual([ALICE]);
  });

  test("forgets what nobody has used for months, and not what another has asked for in vain", async () => {
    const mine = { ...task("mine"), owner: ALICE };
    await at.store.a2a.claim([mine, { ...task("old"), owner: ALICE }], NOW);
    await at.store.a2a.claim([mine], NOW + 60 * DAY);
    await at.store.a2a.claim([{ ...task("old"), owner: BOB }], NOW + 60 * DAY);
    await at.store.purge(NOW + 91 * DAY);
    expect(await at.store.a2a.ownerOf(task("mine"))).toEqual(ALICE);
    expect(await at.store.a2a.ownerOf(task("old"))).toBeUndefined();
  });

  test("a push is named once, found by its id, and removed by either name", async () => {
    await at.store.a2a.putPush(aPush("p1"));
    await at.store.a2a.putPush(aPush("p2", { task: "t", config: "c2" }));
    await at.store.a2a.namePush("p1", { task: "t", config: "c1" });
    await at.second.a2a.namePush("p1", { task: "other", config: "other" });
    expect(await at.second.a2a.findPush("p1")).toEqual(aPush("p1", { task: "t", config: "c1" }));
    expect(await at.store.a2a.removePushes({ agent: "coder", task: "t", config: "c2" })).toBe(1);
    expect(await at.store.a2a.removePushes({ id: "p1" })).toBe(1);
    expect(await at.store.a2a.findPush("p1")).toBeUndefined();
  });
}
