import { afterAll, beforeAll, expect, test } from "vitest";
import { type Management, startManagement } from "../support/management.ts";
import { runProgram } from "../support/program.ts";

let gateway: Management;
beforeAll(async () => {
  gateway = await startManagement();
});
afterAll(() => gateway?.close());

const memory = async (user: string) =>
  (await gateway.ask("GET", "/attach/v1/memory", { as: user })).body["items"] as object[];

async function erase(...args: readonly string[]) {
  const env = { DATABASE_URL: `sqlite:${gateway.gateway.database}`, OIDC_ISSUER: gateway.issuer };
  await using program = await runProgram(["memory", "erase", ...args], env);
  return { code: await program.ended(), stdout: program.stdout(), stderr: program.stderr() };
}

test("M06: an operator has everything of a user forgotten, beside a gateway that runs, and nobody else's", async () => {
  // The program's clock is the machine's, and the test's gateway is ahead of it.
  gateway.gateway.clock.advance(Date.now() - gateway.gateway.clock.now() - 60_000);
  for (const user of ["alice", "bob"])
    await gateway.ask("POST", "/attach/v1/memory", { as: user, body: { text: `of ${user}` } });
  expect(await erase("--user", `${gateway.issuer}|alice`)).toMatchObject({
    code: 0,
    stdout: "Erased 1 event of memory.\n",
  });
  expect(await memory("alice")).toEqual([]);
  expect(await memory("bob")).toHaveLength(1);
  expect(gateway.auditRows("memory.erase")).toMatchObject([{ reason: "events=1" }]);
});

test("M06: whom it means must be said whole", async () => {
  expect(await erase("--user", "alice")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--user must be"),
  });
});
