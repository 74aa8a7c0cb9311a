import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureSecretFile } from "./secret-file.ts";

const run = promisify(execFile);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attach-secret-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("S13: makes a secret beside the database once, for its own user only", () => {
  const url = `sqlite:${folder}/data/attach.db`;
  const secret = ensureSecretFile(url);
  expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
  expect(ensureSecretFile(url)).toBe(secret);
  expect(statSync(`${folder}/data/attach.db.secret`).mode & 0o777).toBe(0o600);
  expect(readdirSync(`${folder}/data`)).toEqual(["attach.db.secret"]);
});

test("S13: refuses a secret that other users can read", () => {
  ensureSecretFile(`sqlite:${folder}/attach.db`);
  chmodSync(`${folder}/attach.db.secret`, 0o640);
  expect(() => ensureSecretFile(`sqlite:${folder}/attach.db`)).toThrow(/chmod 600/);
});

test("S13: processes that start at once agree on one secret", async () => {
  const module = new URL("./secret-file.ts", import.meta.url).href;
  const program = `console.log((await import(${JSON.stringify(module)})).ensureSecretFile("sqlite:${folder}/attach.db"))`;
  const outputs = await Promise.all(
    Array.from({ length: 4 }, () => run(process.execPath, ["--input-type=module", "-e", program])),
  );
  const secrets = new Set(outputs.map(({ stdout }) => stdout.trim()));
  expect([...secrets]).toEqual([readFileSync(`${folder}/attach.db.secret`, "utf8").trim()]);
});

test("a store in memory gets a secret that is kept nowhere", () => {
  expect(ensureSecretFile("sqlite::memory:")).not.toBe(ensureSecretFile("sqlite::memory:"));
});
