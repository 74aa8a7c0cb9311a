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

test("signs a user in at an issuer that runs, and prints the token alone", async () => {
  const issuer = run("--port", "0", "--audience", "http://localhost:8080");
  try {
    await once(issuer.child.stdout, "data");
    const port = /:(\d+) /.exec(issuer.said.out)?.[1] ?? "";
    const { child, said } = run("log-in", "bob", "--port", port, "--audience", "http://localhost:8080");
    expect(await once(child, "close")).toEqual([0, null]);
    expect(said.err).toBe("");
    const [, payload = ""] = said.out.trim().split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    expect(claims).toMatchObject({ iss: `http://127.0.0.1:${port}`, aud: "http://localhost:8080" });
  } finally {
    issuer.child.kill("SIGTERM");
  }
});

test.each([
  ["log-in", ""],
  ["log-in", "mallory"],
  ["log-out", "alice"],
])("exits with 2, and shows the usage, for: %s %s", async (...argv) => {
  const { child, said } = run(...argv);
  expect(await once(child, "close")).toEqual([2, null]);
  expect(said.err).toContain("not understood");
});

test("S23: exits with 2 and the reason when told to listen beyond this machine", async () => {
  const { child, said } = run("--port", "0", "--host", "0.0.0.0");
  expect(await once(child, "close")).toEqual([2, null]);
  expect(said.err).toContain("loopback only");
  expect(said.err).toContain("usage:");
});
