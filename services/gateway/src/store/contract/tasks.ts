import { expect, test } from "vitest";
import type { TaskEnd, TaskRow } from "../../core/ports/tasks.ts";
import type { Bench } from "./driver.ts";
import { ALICE, BOB, NOW } from "./fixtures.ts";

let count = 0;

function aTask(fields: Partial<TaskRow> = {}): TaskRow {
  count++;
  return {
    id: `01890a5d-ac96-7000-8000-${String(count).padStart(12, "0")}`,
    owner: ALICE,
    target: "engine",
    state: "queued",
    sealedOrder: "sealed order",
    sealedResult: null,
    node: "one",
    external: null,
    createdAt: NOW,
    updatedAt: NOW,
    ...fields,
  };
}

const DONE: TaskEnd = { state: "done", sealedResult: "sealed result", at: NOW + 1 };
const CANCELED: TaskEnd = { state: "error", sealedResult: "canceled", at: NOW + 2 };

/** What was handed over to be done. */
export function tasks(at: Bench): void {
  test("shows a task to its owner alone, on every store", async () => {
    const task = aTask();
    expect(await at.store.tasks.add(task, 10)).toBe("added");
    expect(await at.second.tasks.find(task.id, ALICE)).toEqual(task);
    expect(await at.second.tasks.find(task.id, BOB)).toBeUndefined();
    expect(await at.second.tasks.find(task.id, { ...ALICE, iss: "https://other.example" })).toBeUndefined();
    expect(await at.second.tasks.find(task.id, { ...ALICE, tenant: "acme" })).toBeUndefined();
    expect(await at.second.tasks.get(task.id)).toEqual(task);
    expect(await at.second.tasks.get("another")).toBeUndefined();
  });

  test("holds an owner to so many tasks that have not ended, and nobody else", async () => {
    const [first, second] = [aTask(), aTask()];
    expect(await at.store.tasks.add(first, 1)).toBe("added");
    expect(await at.second.tasks.add(second, 1)).toBe("full");
    expect(await at.second.tasks.add(aTask({ owner: BOB }), 1)).toBe("added");
    await at.store.tasks.end(first.id, "one", DONE);
    expect(await at.store.tasks.add(second, 1)).toBe("added");
  });

  test("goes from queued to begun to ended, each once, by the process that has it", async () => {
    const task = aTask();
    await at.store.tasks.add(task, 10);
    expect(await at.second.tasks.begin(task.id, "two", NOW)).toBe(false);
    expect(await at.store.tasks.begin(task.id, "one", NOW)).toBe(true);
    expect(await at.store.tasks.begin(task.id, "one", NOW)).toBe(false);
    expect(await at.store.tasks.name(task.id, "one", "workflow-7")).toBe(true);
    expect(await at.second.tasks.end(task.id, "two", DONE)).toBe(false);
    expect(await at.store.tasks.end(task.id, "one", DONE)).toBe(true);
    expect(await at.store.tasks.end(task.id, "one", CANCELED)).toBe(false);
    expect(await at.store.tasks.find(task.id, ALICE)).toMatchObject({
      state: "done",
      sealedResult: "sealed result",
      external: "workflow-7",
      updatedAt: NOW + 1,
    });
  });

  test("can be canceled by any process, until it has ended", async () => {
    const task = aTask();
    await at.store.tasks.add(task, 10);
    expect(await at.second.tasks.cancel(task.id, CANCELED)).toBe(true);
    expect(await at.store.tasks.begin(task.id, "one", NOW)).toBe(false);
    expect(await at.store.tasks.cancel(task.id, CANCELED)).toBe(false);
    expect(await at.store.tasks.find(task.id, ALICE)).toMatchObject({ state: "error" });
  });

  test("gives the tasks of a dead process to one other, oldest first, and nobody a living one's", async () => {
    await at.store.tasks.keepNode("one", NOW + 1_000);
    const open = [aTask(), aTask(), aTask()];
    for (const task of open) await at.store.tasks.add(task, 10);
    await at.store.tasks.end(open[1]?.id ?? "", "one", DONE);
    expect(await at.second.tasks.adopt("two", NOW + 1_000, 10)).toEqual([]);
    await at.second.tasks.keepNode("two", NOW + 9_000);
    const adopted = await at.second.tasks.adopt("two", NOW + 1_001, 10);
    expect(adopted).toEqual([
      { ...open[0], node: "two" },
      { ...open[2], node: "two" },
    ]);
    expect(await at.store.tasks.adopt("three", NOW + 1_001, 10)).toEqual([]);
    await at.second.tasks.releaseNode("two");
    expect(await at.store.tasks.adopt("three", NOW + 1_001, 1)).toHaveLength(1);
  });

  test("forgets an ended task after an hour, and never one that has not ended", async () => {
    const [ended, open] = [aTask(), aTask()];
    for (const task of [ended, open]) await at.store.tasks.add(task, 10);
    await at.store.tasks.end(ended.id, "one", DONE);
    await at.store.purge(NOW + 3_600_000);
    expect(await at.store.tasks.find(ended.id, ALICE)).toBeDefined();
    await at.store.purge(NOW + 3_600_002);
    expect(await at.store.tasks.find(ended.id, ALICE)).toBeUndefined();
    expect(await at.store.tasks.find(open.id, ALICE)).toBeDefined();
  });
}
