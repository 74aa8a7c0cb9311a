import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

const MAIN = new URL("./main.ts", import.meta.url).pathname;

function run(...argv: string[]) {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.err += chunk;
  });
  return { child, said };
}

test("runs alone, says where it is, and ends on SIGTERM", async () => {
  const { child, said } = run("--port", "0");
  try {
    await once(child.stdout, "data");
    const issuer = /dev issuer at (http:\/\/127\.0\.0\.1:\d+)/.exec(said.out)?.[1];
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({ issuer });
  } finally {
    child.kill("SIGTERM");
  }
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(said.err).toBe("");
});

test("S23: exits with 2 and the reason when told to listen beyond this machine", async () => {
  const { child, said } = run("--port", "0", "--host", "0.0.0.0");
  expect(await once(child, "close")).toEqual([2, null]);
  expect(said.err).toContain("loopback only");
  expect(said.err).toContain("usage:");
});
