import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey } from "../support/identity/tokens.ts";
import { runProgram } from "../support/program.ts";
import { type Stack, startStack } from "../support/stack.ts";

/** `attach-gateway agents` on the store of a gateway that runs. */
let stack: Stack;
let folder: string;
beforeAll(async () => {
  stack = await startStack({ AGENT_REGISTRATION: "open" });
  folder = mkdtempSync(join(tmpdir(), "attach-agents-"));
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function agents(...args: readonly string[]) {
  // Its folder is given away here, and removed by the program's own end.
  const cwd = mkdtempSync(join(tmpdir(), "attach-cli-agents-"));
  const database = `sqlite:${join(stack.gateway.folder, "attach.db")}`;
  await using program = await runProgram(["agents", ...args], { DATABASE_URL: database }, cwd);
  const code = await program.ended();
  return { code, out: program.stdout(), err: program.stderr() };
}

test("T10: registers, shows, suspends, resumes and removes an agent beside a running gateway", async () => {
  const owner = `${stack.issuer.issuer}|alice`;
  const added = await agents("add", "worker", "--owner", owner, "--scope", "llm:read", "--ttl", "60");
  expect([added.code, added.err]).toEqual([0, expect.stringContaining("worker")]);
  const secret = added.out.trim();
  expect(secret).toMatch(/^[\w-]{43}$/);

  const exchange = async (client_secret = secret) =>
    stack.exchange({ subject_token: await stack.userToken("alice"), client_id: "worker", client_secret });
  const granted = await exchange();
  expect(granted.status).toBe(200);
  const { access_token: token, expires_in } = (await granted.json()) as {
    access_token: string;
    expires_in: number;
  };
  expect(expires_in).toBeLessThanOrEqual(60);

  const { out } = await agents("list", "--json");
  expect(JSON.parse(out)).toEqual([
    expect.objectContaining({ id: "worker", status: "active", scopes: ["llm:read"] }),
  ]);
  expect((await agents("list")).out).toMatch(/^ID +STATUS[\s\S]*\nworker +active +client_secret_basic/);

  const suspended = await agents("suspend", "worker", "--json");
  expect(JSON.parse(suspended.out)).toMatchObject({ status: "suspended" });
  await expect.poll(async () => (await stack.call("/api/tags", token)).status, { timeout: 5_000 }).toBe(401);
  expect((await exchange()).status).toBe(401);

  await agents("resume", "worker");
  expect((await exchange()).status).toBe(200);
  const rotated = (await agents("rotate-secret", "worker")).out.trim();
  expect((await exchange()).status).toBe(401);
  expect((await exchange(rotated)).status).toBe(200);

  expect((await agents("remove", "worker")).code).toBe(0);
  expect(JSON.parse((await agents("list", "--json")).out)).toEqual([]);
});

test("takes keys from a file, and changes what is said", async () => {
  const jwks = join(folder, "keys.json");
  writeFileSync(jwks, JSON.stringify({ keys: [makeKey("k").jwk] }));
  const owner = `${stack.issuer.issuer}|bob`;
  const server = ["--endpoint", "https://files.test/rpc", "--protocol", "http", "--introspect", "yes"];
  const added = await agents("add", "files", "--owner", owner, "--jwks", jwks, ...server, "--json");
  expect(JSON.parse(added.out)).toMatchObject({
    auth: "private_key_jwt",
    introspect: true,
    endpoint: { url: "https://files.test/rpc", protocol: "http", resource: "https://files.test/rpc" },
  });
  const changed = await agents("update", "files", "--name", "Files", "--depth", "1", "--json");
  expect(JSON.parse(changed.out)).toMatchObject({ name: "Files", depth: 1, introspect: true });
  const { out: shown } = await agents("show", "files");
  expect(shown).toMatch(/^id +files$/m);
  // As --owner takes it.
  expect(shown).toContain(`\nowner          ${owner}\n`);
  expect(shown).toMatch(/^ttl +\(not set\)$/m);
});

test.each([
  [["add"], 2, "say which agent"],
  [["add", "x"], 1, "owner"],
  [["add", "a/b", "--owner", "https://i.test|a"], 2, "id"],
  [["add", "x", "--owner", "alice"], 2, "--owner"],
  [["add", "x", "--owner", "https://i.test|a", "--ttl", "5"], 2, "ttl"],
  [["add", "x", "--owner", "https://i.test|a", "--scope", "no:such"], 1, "no:such"],
  [["show", "nobody"], 1, "there is no such agent"],
  [["update", "nobody"], 2, "say what to change"],
  [["fire", "x"], 2, "agents has no"],
] as const)("refuses %j with %i and says why", async (args, code, reason) => {
  const ended = await agents(...args);
  expect([ended.code, ended.out, ended.err]).toEqual([code, "", expect.stringContaining(reason)]);
});
