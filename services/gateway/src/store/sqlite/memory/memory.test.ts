import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryContract } from "../../../../../../test/support/memory/contract.ts";
import { ALICE, allOf, aMemory, anErasure, BOB, NOW } from "../../../../../../test/support/memory/events.ts";
import type { Store } from "../../../core/ports/store.ts";
import { openStore } from "../../open.ts";
import { followChain } from "../follow-chain.ts";

async function open(databaseUrl: string) {
  const store = await openStore(databaseUrl);
  return { memory: store.memory, dispose: () => store.close() };
}

memoryContract("SQLite in memory", () => open("sqlite::memory:"));
memoryContract("SQLite on a file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "attach-memory-"));
  const { memory, dispose } = await open(`sqlite:${join(folder, "attach.db")}`);
  return {
    memory,
    async dispose() {
      await dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

describe("memory on an SQLite file", () => {
  let folder: string;
  let path: string;
  let store: Store;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "attach-memory-"));
    path = join(folder, "attach.db");
    store = await openStore(`sqlite:${path}`);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const batch = (text: string) => Buffer.from(text);
  const list = async (from: Store, owner = ALICE) =>
    (await from.memory.list({ view: allOf(owner), words: null, cursor: null, limit: 50 })).items.map(
      ({ text }) => text,
    );

  test("an erasure stands in the audit trail with its count", async () => {
    await store.memory.add([aMemory("one"), aMemory("two")]);
    await store.memory.eraseAll(ALICE, anErasure(ALICE, NOW + 1));
    expect(followChain(path)).toEqual(["memory.erase"]);
    const [entry] = await store.trail.read({ action: "memory.erase", limit: 5 });
    expect(entry).toMatchObject({ reason: "events=2", user: { iss: ALICE.iss, sub: ALICE.sub } });
  });

  test("S22: what was erased is in no page of the file, the word index among them", async () => {
    await store.memory.add([aMemory("xylophonist quarrels"), aMemory("bystander", { owner: BOB })]);
    await store.memory.eraseAll(ALICE, anErasure(ALICE, NOW + 1));
    await store.close();
    const held = readFileSync(path, "latin1");
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(held).toContain("bystander");
    expect(held).not.toMatch(/xylophon|quarrel/);
    store = await openStore(`sqlite:${path}`);
    expect(await list(store)).toEqual([]);
  });

  test("an erasure that was cut short is hidden at once and finished by the next purge", async () => {
    const many = Array.from({ length: 450 }, (_, index) =>
      aMemory(`event ${index}`, { created: NOW + index }),
    );
    await store.memory.add(many);
    const { default: Database } = await import("better-sqlite3");
    const db = new Database(path);
    db.prepare("insert into memory_erasures values (?, ?, '', ?)").run(ALICE.iss, ALICE.sub, NOW + 400);
    expect(await list(store)).toHaveLength(49);
    expect(await store.memory.find(allOf(ALICE), many[0]?.id ?? "")).toBeUndefined();
    await store.memory.purge(NOW, { maxAgeMs: null, maxEvents: 1_000 });
    expect(db.prepare("select count(*) from memory_events").pluck().get()).toBe(49);
    db.close();
  });

  test("a batch is settled once, with its events, however often and by whomever", async () => {
    const second = await openStore(`sqlite:${path}`);
    await store.spool.append([batch("sealed 1"), batch("sealed 2")], NOW);
    expect(await store.spool.state()).toEqual({ batches: 2, bytes: 16 });
    const [first] = await store.spool.next(NOW, 0);
    expect(Buffer.from(first?.sealed ?? []).toString()).toBe("sealed 1");
    expect(await second.spool.next(NOW, first?.seq ?? 0)).toHaveLength(1);
    const seq = first?.seq ?? 0;
    await store.spool.settle(seq, [aMemory("made of 1")]);
    await second.spool.settle(seq, [aMemory("made of 1 again")]);
    expect(await list(second)).toEqual(["made of 1"]);
    expect((await store.spool.state()).batches).toBe(1);
    await second.close();
  });

  test("a batch of a process that runs is left to it for a minute, one of a process that ended is taken at once", async () => {
    await store.spool.append([batch("sealed")], NOW);
    const { default: Database } = await import("better-sqlite3");
    const db = new Database(path);
    const rename = db.prepare("update memory_spool set process = ?");
    rename.run(`${process.ppid}.abc`);
    expect(await store.spool.next(NOW + 60_000, 0)).toEqual([]);
    expect(await store.spool.next(NOW + 60_001, 0)).toHaveLength(1);
    rename.run("4194999.abc");
    expect(await store.spool.next(NOW, 0)).toHaveLength(1);
    db.close();
  });

  test("what waits in the spool while its owner is erased does not come back", async () => {
    await store.spool.append([batch("sealed")], NOW);
    await store.memory.eraseAll(ALICE, anErasure(ALICE, NOW + 5));
    const [waiting] = await store.spool.next(NOW, 0);
    await store.spool.settle(waiting?.seq ?? 0, [
      aMemory("before", { created: NOW + 5 }),
      aMemory("after", { created: NOW + 6 }),
      aMemory("bob's", { owner: BOB }),
    ]);
    expect(await list(store)).toEqual(["after"]);
    expect(await list(store, BOB)).toEqual(["bob's"]);
  });
});
