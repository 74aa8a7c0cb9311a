import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aDelegation, anEvent, aToken, issue } from "../contract/fixtures.ts";
import { openStore } from "../open.ts";
import { StoreError } from "../store-error.ts";
import { backUp } from "./backup.ts";
import { connectReadOnly } from "./connect.ts";
import { writeQueue } from "./writes/queue.ts";
import { startWriter } from "./writes/start-writer.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attach-thread-"));
  path = join(folder, "attach.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("S20: the writer's thread", () => {
  test("leaves the event loop free while it waits for another process's lock", async () => {
    const store = await openStore(`sqlite:${path}`);
    const other = new Database(path);
    other.exec("begin immediate");
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    const issued = issue(store, aDelegation("d1"));
    // Reads go on as well: WAL lets them.
    await delay(150);
    expect(await store.findDelegation("d1")).toBeUndefined();
    expect(turns).toBeGreaterThan(5);
    other.exec("commit");
    other.close();
    expect(await issued).toBe("issued");
    expect(await store.findDelegation("d1")).toBeDefined();
    clearInterval(ticking);
    await store.close();
  });

  test("says that the store is unavailable when another process holds the lock for too long", async () => {
    const store = await openStore(`sqlite:${path}`);
    const other = new Database(path);
    other.exec("begin immediate");
    const asked = performance.now();
    await expect(store.ping()).rejects.toThrow(/did not answer within/);
    expect(performance.now() - asked).toBeLessThan(2_000);
    other.exec("rollback");
    other.close();
    await store.close();
  });

  test("refuses what is asked after it died, and says of what", async () => {
    const store = await openStore(`sqlite:${path}`);
    let death: Error | undefined;
    const writer = await startWriter(path, (error) => {
      death = error;
    });
    // Not a list of calls: nothing in the thread catches that.
    await expect(writer.commit(null as never)).rejects.toThrow(/writer ended/);
    expect(death?.message).toMatch(/writer ended/);
    await expect(writer.commit([])).rejects.toThrow(/writer ended/);
    await writer.end();
    await store.ping();
    await store.close();
  });

  test("a dead writer takes down every verb, those that wait among them", async () => {
    let died: (error: Error) => void = () => {};
    const queue = writeQueue(() => new Promise((_, reject) => (died = reject)), { batchesAtOnce: 1 });
    const underWay = queue.write("ping");
    await delay(10);
    const waiting = queue.write("ping");
    const death = new StoreError("the store's writer ended: a test");
    queue.fail(death);
    died(death);
    for (const write of [underWay, waiting, queue.write("ping")]) await expect(write).rejects.toBe(death);
    await queue.close();
  });

  test("settles every write that was asked for before it closed", async () => {
    const store = await openStore(`sqlite:${path}`);
    const issued = Array.from({ length: 50 }, (_, index) => issue(store, aDelegation(`d${index}`)));
    await store.close();
    expect(new Set(await Promise.all(issued))).toEqual(new Set(["issued"]));
    const db = new Database(path, { readonly: true });
    expect(db.prepare("select count(*) from tokens").pluck().get()).toBe(50);
    db.close();
  });

  test("lets a process end that forgot to close its store", async () => {
    const { execFile } = await import("node:child_process");
    const module = new URL("../open.ts", import.meta.url).href;
    const program = `const s = await (await import(${JSON.stringify(module)})).openStore("sqlite:${path}"); await s.rememberOnce("a", "b"); console.log("asked");`;
    const output = await new Promise<string>((resolve, reject) =>
      execFile(
        process.execPath,
        ["--input-type=module", "-e", program],
        { timeout: 20_000 },
        (error, stdout) => (error ? reject(error) : resolve(stdout)),
      ),
    );
    expect(output.trim()).toBe("asked");
  });
});

describe("a store in memory", () => {
  test("keeps what it is told for as long as it is open, and can be copied out", async () => {
    const store = await openStore("sqlite::memory:");
    const row = aDelegation("d1");
    expect(await issue(store, row)).toBe("issued");
    expect(await store.findDelegation("d1")).toEqual(row);
    await store.ping();
    await store.backup(path);
    await store.close();
    await expect(store.ping()).rejects.toThrow();
    const copy = await openStore(`sqlite:${path}`);
    expect(await copy.findToken("jti of d1")).toEqual(aToken("jti of d1", row));
    await copy.close();
  });
});

describe("O11: a backup", () => {
  test("is a database to go on with, for its own user's eyes only", async () => {
    const store = await openStore(`sqlite:${path}`);
    await issue(store, aDelegation("d1"));
    const target = join(folder, "copy.db");
    await store.backup(target);
    await issue(store, aDelegation("d2"));
    await store.close();
    expect(statSync(target).mode & 0o077).toBe(0);
    const copy = await openStore(`sqlite:${target}`);
    expect(await copy.findDelegation("d1")).toBeDefined();
    expect(await copy.findDelegation("d2")).toBeUndefined();
    await copy.trail.append([anEvent()]);
    expect((await copy.trail.head())?.seq).toBe(2);
    await copy.close();
  });

  test("leaves nothing behind where it fails", async () => {
    await (await openStore(`sqlite:${path}`)).close();
    const db = connectReadOnly(path);
    expect(() => backUp(db, join(folder, "missing", "copy.db"))).toThrow(/cannot be written/);
    expect(() => backUp(db, path)).toThrow(/exists/);
    db.close();
  });
});
