import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aDelegation, anEvent, aToken } from "../contract/fixtures.ts";
import { storeContract } from "../contract.ts";
import { openStore } from "../open.ts";
import { configure, connect } from "./connect.ts";
import { followChain } from "./follow-chain.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.gen.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attach-store-"));
  path = join(folder, "deep", "attach.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

storeContract("SQLite", async () => ({
  open: () => openStore(`sqlite:${path}`),
  auditedActions: async () => followChain(path),
  dispose: async () => {},
}));

describe("an SQLite store", () => {
  test("makes the folder and the file for its own user only", async () => {
    const store = await openStore(`sqlite:${path}`);
    await store.trail.append([anEvent()]);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o077).toBe(0);
    expect(statSync(join(folder, "deep")).mode & 0o077).toBe(0);
    await store.close();
  });

  test("syncs every commit to the disk, minds foreign keys and overwrites what it deletes", async () => {
    const db = connect(path);
    await configure(db);
    const setting = (name: string) => db.pragma(name, { simple: true });
    expect(setting("journal_mode")).toBe("wal");
    expect(setting("synchronous")).toBe(2);
    expect(setting("foreign_keys")).toBe(1);
    expect(setting("secure_delete")).toBe(1);
    expect(setting("busy_timeout")).toBeGreaterThan(0);
    db.close();
  });

  test("a migration that fails leaves nothing of itself", async () => {
    await (await openStore(`sqlite:${path}`)).close();
    const db = connect(path);
    const broken = { name: "broken", statements: ["create table half (id integer)", "create nonsense"] };
    expect(() => migrate(db, [...MIGRATIONS, broken])).toThrow();
    expect(db.prepare("select count(*) from sqlite_schema where name = 'half'").pluck().get()).toBe(0);
    expect(db.pragma("user_version", { simple: true })).toBe(MIGRATIONS.length);
    db.close();
  });

  test("keeps what it said before it was closed, also when closed at once", async () => {
    const store = await openStore(`sqlite:${path}`);
    const row = aDelegation("d1");
    const issued = store.issue({ token: aToken("jti-1", row), newDelegation: row, event: anEvent() });
    await store.close();
    expect(await issued).toBe("issued");
    const again = await openStore(`sqlite:${path}`);
    expect(await again.findDelegation("d1")).toEqual(row);
    await again.close();
  });

  test("migrates once where several start at once", async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(`sqlite:${path}`)));
    for (const store of stores) await store.ping();
    for (const store of stores) await store.close();
    const db = new Database(path);
    expect(db.pragma("user_version", { simple: true })).toBe(MIGRATIONS.length);
    db.close();
  });

  test("refuses a schema newer than the program, and leaves the file as it is", async () => {
    await (await openStore(`sqlite:${path}`)).close();
    const db = new Database(path);
    db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    db.close();
    await expect(openStore(`sqlite:${path}`)).rejects.toThrow(
      new RegExp(
        `attach\\.db has schema version ${MIGRATIONS.length + 1}.*versions up to ${MIGRATIONS.length}.*newer`,
      ),
    );
    const after = new Database(path);
    expect(after.pragma("user_version", { simple: true })).toBe(MIGRATIONS.length + 1);
    after.close();
  });

  test("refuses another program's database and a file that is none", async () => {
    await (await openStore(`sqlite:${path}`)).close();
    const other = join(folder, "other.db");
    const db = new Database(other);
    db.exec("create table theirs (id integer)");
    db.close();
    await expect(openStore(`sqlite:${other}`)).rejects.toThrow(/another program/);
    await expect(openStore(`sqlite:${import.meta.filename}`)).rejects.toThrow(/cannot be used/);
    await expect(openStore("sqlite:")).rejects.toThrow(/names no file/);
    await expect(openStore("postgres://localhost/attach")).rejects.toThrow(/sqlite:<path> only/);
  });

  test("says so when its file was deleted under it", async () => {
    const store = await openStore(`sqlite:${path}`);
    rmSync(path);
    await expect(store.ping()).rejects.toThrow();
    await store.close();
  });

  test("S21: the chain is audit_events, and no other table's name holds audit", async () => {
    await (await openStore(`sqlite:${path}`)).close();
    const db = new Database(path, { readonly: true });
    const names = db.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[];
    db.close();
    expect(names.filter((name) => name.includes("audit"))).toEqual(["audit_events"]);
  });

  test("S21: an edited, dropped or reordered audit row shows", async () => {
    const tampered = [
      "update audit_events set reason = 'x' where seq = 2",
      "delete from audit_events where seq = 2",
      "update audit_events set seq = seq + 10 where seq = 3",
    ];
    for (const [index, tampering] of tampered.entries()) {
      const file = join(folder, `${index}.db`);
      const store = await openStore(`sqlite:${file}`);
      for (let count = 0; count < 3; count++) await store.trail.append([anEvent()]);
      await store.close();
      expect(followChain(file)).toHaveLength(3);
      const db = new Database(file);
      db.exec(tampering);
      db.close();
      expect(() => followChain(file)).toThrow();
    }
  });

  test("S24: runs on better-sqlite3 13 or later, whose binary serves every Node", async () => {
    const { default: manifest } = await import("better-sqlite3/package.json", { with: { type: "json" } });
    expect(Number(manifest.version.split(".")[0])).toBeGreaterThanOrEqual(13);
  });

  test("T12: no column could hold the text of a token", async () => {
    await (await openStore(`sqlite:${path}`)).close();
    const db = new Database(path, { readonly: true });
    const columns = db.prepare("select name from pragma_table_info('tokens')").pluck().all();
    db.close();
    expect(columns).not.toContain("token");
    expect(columns).toEqual(
      expect.arrayContaining(["jti", "dlg", "parent", "root", "owner_iss", "owner_sub", "tenant"]),
    );
  });
});

test("the embedded migrations are those that drizzle-kit generated", async () => {
  const { execFileSync } = await import("node:child_process");
  const script = join(import.meta.dirname, "../../../../../scripts/embed-migrations.ts");
  expect(() => execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" })).not.toThrow();
});
