import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aDelegation, issue } from "../contract/fixtures.ts";
import { openStore } from "../open.ts";
import { followChain } from "./follow-chain.ts";

/** Real processes on one file: what dies in the middle, and what two do at once. */
let folder: string;
let path: string;
const running = new Set<ChildProcess>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attach-processes-"));
  path = join(folder, "attach.db");
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a program that has a `store` open on the file and the fixtures at hand. */
function run(program: string): { child: ChildProcess; lines: AsyncIterable<string> } {
  const from = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const source = `
    const { openStore } = await import(${from("../open.ts")});
    const { aDelegation, issue, renew, dead, anEvent } = await import(${from("../contract/fixtures.ts")});
    const store = await openStore(${JSON.stringify(`sqlite:${path}`)});
    ${program}
    await store.close();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  return { child, lines: createInterface({ input: child.stdout }) };
}

async function linesOf({ child, lines }: ReturnType<typeof run>): Promise<readonly string[]> {
  const exited = once(child, "exit");
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  expect((await exited)[0]).toBe(0);
  return all;
}

test("S20: kill -9 in a storm of issues loses nothing that was said, and the chain holds", async () => {
  const storm = run(`
    let next = 0;
    const lane = async () => {
      for (;;) {
        const id = "d" + next++;
        if ((await issue(store, aDelegation(id))) === "issued") console.log(id);
      }
    };
    await Promise.all(Array.from({ length: 32 }, lane));`);
  const said: string[] = [];
  for await (const id of storm.lines) {
    said.push(id);
    if (said.length === 500) storm.child.kill("SIGKILL");
  }

  const store = await openStore(`sqlite:${path}`);
  for (const id of said) expect(await store.findToken(`jti of ${id}`)).toBeDefined();
  expect(await issue(store, aDelegation("after"))).toBe("issued");
  await store.close();
  const db = new Database(path, { readonly: true });
  const tokens = db.prepare("select count(*) from tokens").pluck().get();
  db.close();
  expect(followChain(path)).toHaveLength(Number(tokens));
});

test("S20: two processes on one file are one authority", async () => {
  const program = (name: string) => `
    const lane = async (from) => {
      for (let index = from; index < 200; index += 8) {
        await issue(store, aDelegation("${name}-" + index));
        await store.revoke(dead("jti", "${name}-" + index), anEvent("token.revoke"));
        if (await store.consumeOnce({ issuer: "shared", jti: "use-" + index, expiresAt: 1e15 })) console.log(index);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => lane(index)));`;
  const [one, two] = await Promise.all([linesOf(run(program("one"))), linesOf(run(program("two")))]);
  const used = [...one, ...two].map(Number).sort((a, b) => a - b);
  expect(used).toEqual(Array.from({ length: 200 }, (_, index) => index));

  expect(followChain(path)).toHaveLength(800);
  const store = await openStore(`sqlite:${path}`);
  const { seq, records } = await store.revocationsSince(0);
  expect({ seq, told: new Set(records.map(({ value }) => value)).size }).toEqual({ seq: 400, told: 400 });
  await store.close();
}, 30_000);
