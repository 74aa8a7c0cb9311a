import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../support/stack.ts";
import { audit, beside, exported, tampered } from "../support/trail.ts";

/** S21: what has left the machine holds against whoever can write to the machine. */
let stack: Stack;
const database = () => join(stack.gateway.folder, "attach.db");

afterEach(() => stack?.stop());

describe("S21 checkpoints", () => {
  beforeEach(async () => {
    stack = await startStack({ AUDIT_CHECKPOINT_EVERY: "1s" });
    const token = await stack.agentToken("alice");
    for (let call = 0; call < 5; call++) await (await stack.call("/api/tags", token)).text();
  });

  /** A checkpoint that covers the calls, once there is one. */
  async function newest(): Promise<string> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const { stdout, stderr, code } = await audit(database(), "checkpoint");
      const [, at, of] = /row (\d+) of (\d+)/.exec(stderr) ?? [];
      if (code === 0 && Number(at) >= 7 && at === of) return stdout.trim();
      if (performance.now() > deadline) throw new Error(`no checkpoint: ${stderr}`);
    }
  }

  test("one that was kept elsewhere finds a cut tail, and a chain written anew", async () => {
    const jws = await newest();
    const kept = beside(database(), "kept.jws", `${jws}\n`);
    const jwks = beside(database(), "jwks.json", await (await stack.call("/.well-known/jwks.json")).text());
    const whole = await audit(database(), "verify", "--checkpoint", kept, "--jwks", jwks);
    expect([whole.code, whole.stdout]).toEqual([0, expect.stringContaining("Signed checkpoints confirmed")]);

    // Whoever cuts the tail takes the stored checkpoints and SQLite's own count with it.
    const cut = `delete from audit_events where seq > 4; delete from event_people where seq > 4;
      delete from checkpoints; update sqlite_sequence set seq = 4 where name = 'audit_events'`;
    await tampered(database(), cut, async (copy) => {
      expect((await audit(copy, "verify")).code).toBe(0);
      const found = await audit(copy, "verify", "--checkpoint", kept);
      expect(found.stdout).toMatch(/row \d+ is gone: the checkpoint of .* the chain reached it, .* row 4/);
      expect(found.code).toBe(1);
    });

    const lines = (await exported(database())).map((row) => JSON.stringify(row));
    const short = beside(database(), "short.jsonl", `${lines.slice(0, 4).join("\n")}\n`);
    expect((await audit("/nowhere.db", "verify", "--from", short)).code).toBe(0);
    const found = await audit("/nowhere.db", "verify", "--from", short, "--checkpoint", kept, "--jwks", jwks);
    expect([found.code, found.stdout]).toEqual([1, expect.stringContaining("is gone")]);
    const keyless = await audit("/nowhere.db", "verify", "--from", short, "--checkpoint", kept);
    expect([keyless.code, keyless.stderr]).toEqual([2, expect.stringContaining("--jwks")]);
  });

  test("one that nobody here signed, or that was altered, counts for nothing and is told", async () => {
    const jws = await newest();
    const [header, claims = "", signature] = jws.split(".");
    const stated = JSON.parse(Buffer.from(claims, "base64url").toString()) as object;
    const other = Buffer.from(JSON.stringify({ ...stated, seq: 1 })).toString("base64url");
    const forged = beside(database(), "forged.jws", [header, other, signature].join("."));
    const run = await audit(database(), "verify", "--checkpoint", forged);
    expect([run.code, run.stdout]).toEqual([1, expect.stringContaining("a signature that does not hold")]);
    const foreign = beside(database(), "foreign.json", '{"keys":[]}');
    const unknown = await audit(database(), "verify", "--jwks", foreign);
    expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringContaining("a key that is not known")]);
  });

  test("the last one is made when the gateway ends, and states the last row", async () => {
    const folder = mkdtempSync(join(tmpdir(), "attach-kept-"));
    await stack.stop();
    stack = await startStack({ DATABASE_URL: `sqlite:${join(folder, "attach.db")}` });
    const token = await stack.agentToken("alice");
    for (let call = 0; call < 3; call++) await (await stack.call("/api/tags", token)).text();
    await stack.gateway.stop();
    try {
      const { stderr, code } = await audit(join(folder, "attach.db"), "checkpoint");
      expect([code, stderr]).toEqual([0, expect.stringMatching(/states row (\d+) of \1\./)]);
      const rows = await exported(join(folder, "attach.db"));
      expect(rows.filter(({ action }) => action === "request.allow")).toHaveLength(3);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("S21 losses", () => {
  test("kill -9 in a storm of calls leaves a whole chain, and loses no call that was a second old", async () => {
    const folder = mkdtempSync(join(tmpdir(), "attach-killed-"));
    stack = await startStack({ DATABASE_URL: `sqlite:${join(folder, "attach.db")}` });
    const token = await stack.agentToken("alice");
    const answered: { id: string; at: number }[] = [];
    const storm = Array.from({ length: 8 }, async () => {
      for (;;) {
        const response = await stack.call("/api/tags", token);
        await response.text();
        answered.push({ id: response.headers.get("x-request-id") ?? "", at: performance.now() });
      }
    });
    const over = Promise.allSettled(storm);
    const begun = performance.now();
    while (answered.length < 200 || performance.now() - begun < 2_000)
      await new Promise((wake) => setTimeout(wake, 10));
    const killed = performance.now();
    await stack.gateway.stop("SIGKILL");
    await over;
    try {
      const verified = await audit(join(folder, "attach.db"), "verify");
      expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining("is whole")]);
      const recorded = new Set((await exported(join(folder, "attach.db"))).map(({ requestId }) => requestId));
      const old = answered.filter(({ at }) => at < killed - 1_000);
      expect(old.length).toBeGreaterThan(0);
      expect(old.filter(({ id }) => !recorded.has(id))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("AUDIT_CALLS=off records no call, and everything the authority does", async () => {
    stack = await startStack({ AUDIT_CALLS: "off" });
    const token = await stack.agentToken("alice");
    await (await stack.call("/api/tags", token)).text();
    await (await stack.call("/api/pull", token, { method: "POST", body: "{}" })).text();
    const actions = (await exported(database())).map(({ action }) => action);
    expect(actions).toContain("token.issue");
    expect(actions.filter((action) => action.startsWith("request."))).toEqual([]);
  });
});
