import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEchoEngine } from "../support/echo-engine.ts";
import { runProgram } from "../support/program.ts";
import { type Stack, startStack } from "../support/stack.ts";

const NO_GPT = `@id("no-gpt")
forbid (principal is Agent, action == Action::"call", resource)
when { context has model && context.model like "gpt-*" };`;
const NO_SHADOW = `@id("no-shadow-agents")
forbid (principal, action == Action::"exchange", resource == Agent::"shadow-agent");`;
const NO_HANDING_ON = `@id("planners-keep-it")
forbid (principal == Agent::"planner", action == Action::"delegate", resource)
when { context.scopes.contains("memory:write") };`;

const NO_NIGHT_NOTES = `@id("no-notes-at-night")
forbid (principal, action == Action::"account", resource == Agent::"night-job")
when { context.user has service && context.user.service && context.scopes.contains("memory:read") };`;

type Body = NonNullable<RequestInit["body"]>;

let engine: Awaited<ReturnType<typeof startEchoEngine>>;
let folder: string;
let at: Stack;

const write = (name: string, text: string) => writeFile(join(folder, name), text);
const chat = (token: string, body: Body, init: RequestInit = {}) =>
  at.call("/api/chat", token, { method: "POST", body, ...init });
const log = () => at.gateway.output();

/** Columns of the audit trail, as they stand in the file. */
function trail(action: string): readonly Record<string, unknown>[] {
  const db = new DatabaseSync(join(at.gateway.folder, "attach.db"), { readOnly: true });
  try {
    return db.prepare("select * from audit_events where action = ? order by seq").all(action) as never;
  } finally {
    db.close();
  }
}

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  engine = await startEchoEngine();
  folder = await mkdtemp(join(tmpdir(), "attach-policies-"));
  await write("models.cedar", NO_GPT);
  await write("agents.cedar", `${NO_SHADOW}\n${NO_HANDING_ON}\n${NO_NIGHT_NOTES}`);
  at = await startStack({ ENGINE_URL: engine.url, POLICY_DIR: folder, ...env });
}

async function stop(): Promise<void> {
  await at.stop();
  await engine.close();
  await rm(folder, { recursive: true });
}

describe("T11: policies of the operator's own", () => {
  beforeAll(() => start());
  afterAll(stop);

  test("T11: refuse an exchange as RFC 8693 says, and the audit trail names the policy", async () => {
    const subject_token = await at.userToken("alice");
    const refused = await at.exchange({ subject_token, client_id: "shadow-agent", scope: "llm:read" });
    expect(refused.status).toBe(400);
    const body = (await refused.json()) as Record<string, string>;
    expect(body["error"]).toBe("invalid_request");
    expect(JSON.stringify(body)).not.toContain("no-shadow");
    expect(trail("token.refuse").at(-1)?.["policy"]).toMatch(/^[0-9a-f]{16}:no-shadow-agents$/);
    await at.agentToken("alice", { agent: "good-agent", scope: "llm:read" });
    expect(trail("token.issue").at(-1)?.["policy"]).toMatch(/^[0-9a-f]{16}:scopes-decide$/);
  });

  test("T11: refuse a service account a token of its own", async () => {
    const made = await at.call("/attach/v1/agents", await at.userToken("alice"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id: "night-job", scopes: ["llm:read", "memory:read"] }),
    });
    const { secret = "" } = (await made.json()) as { secret?: string };
    const ask = (scope: string) => {
      const client = { client_id: "night-job", client_secret: secret };
      const body = new URLSearchParams({ ...client, grant_type: "client_credentials", scope });
      return fetch(`${at.gateway.url}/oauth/token`, { method: "POST", body });
    };
    expect((await ask("llm:read memory:read")).status).toBe(400);
    expect(trail("token.refuse").at(-1)?.["policy"]).toMatch(/^[0-9a-f]{16}:no-notes-at-night$/);
    expect((await ask("llm:read")).status).toBe(200);
    expect(trail("token.issue").at(-1)?.["policy"]).toMatch(/^[0-9a-f]{16}:scopes-decide$/);
  });

  test("T11: refuse to hand on from agent to agent", async () => {
    const subject_token = await at.agentToken("alice", { agent: "planner", scope: "llm:read memory:write" });
    const fields = { subject_token, client_id: "coder" };
    expect((await at.exchange({ ...fields, scope: "llm:read memory:write" })).status).toBe(400);
    expect(trail("token.refuse").at(-1)?.["policy"]).toMatch(/:planners-keep-it$/);
    expect((await at.exchange({ ...fields, scope: "llm:read" })).status).toBe(200);
  });

  test("T11: refuse a call by its model in the dialect of the path, and say nothing of the policy", async () => {
    const token = await at.agentToken("alice", { scope: "llm:read" });
    const before = engine.requests.length;
    const refused = await chat(token, '{"model":"gpt-5","messages":[]}');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      code: "forbidden",
      error: expect.stringContaining("not allowed"),
    });
    expect(engine.requests).toHaveLength(before);
    await expect.poll(log).toMatch(/"policy":"[0-9a-f]{16}:no-gpt".*refused by policy/);
    const denied = () => trail("request.deny").map(({ policy }) => policy);
    await expect.poll(denied).toContainEqual(expect.stringMatching(/^[0-9a-f]{16}:no-gpt$/));
    const user = await at.userToken("alice");
    expect((await chat(user, '{"model":"gpt-5"}')).status).toBe(200);
  });

  test("T11: a body that was read for its model reaches the engine byte for byte, however it was framed", async () => {
    const token = await at.agentToken("alice", { scope: "llm:read" });
    const body = Buffer.from(`{ "model" : "llama3.2", "prompt": "Grüße", "x": "${"y".repeat(200_000)}" }\n`);
    async function* pieces() {
      for (let start = 0; start < body.length; start += 50_000) yield body.subarray(start, start + 50_000);
    }
    for (const sent of [body, pieces()]) {
      const answer = await chat(token, sent as unknown as Body, { duplex: "half" } as RequestInit);
      expect(answer.status).toBe(200);
      const seen = engine.requests.at(-1);
      expect(seen?.body.equals(body)).toBe(true);
      expect(seen?.headers["content-length"]).toBe(String(body.length));
      expect(seen?.headers["transfer-encoding"]).toBeUndefined();
    }
    expect((await at.call("/api/tags", token)).status).toBe(200);
  });

  test.each([
    ["another spelling of the name", '{"Model":"gpt-5"}'],
    ["the name twice", '{"model":"llama3.2","model":"gpt-5"}'],
    ["a second document", '{"model":"llama3.2"}{"model":"gpt-5"}'],
    ["UTF-16", Buffer.from('{"model":"gpt-5"}', "utf16le")],
    ["a form", new URLSearchParams({ model: "gpt-5" })],
  ])("T11: a model cannot be hidden from the policies by %s", async (_name, body) => {
    const token = await at.agentToken("alice", { scope: "llm:read" });
    const before = engine.requests.length;
    const refused = await chat(token, body as Body, { headers: { "Content-Type": "text/plain" } });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: "forbidden" });
    expect(engine.requests).toHaveLength(before);
  });

  test("T11: changed files take effect by swap; wrong ones leave the old in force, and the trail tells of each change", async () => {
    const token = await at.agentToken("alice", { scope: "llm:read" });
    const status = async () => (await chat(token, '{"model":"gpt-5"}')).status;
    expect(await status()).toBe(403);
    await write(
      "models.cedar",
      'forbid (principal, action == Action::"call", resource) when { context.modell == "x" };',
    );
    await expect.poll(log, { timeout: 10_000 }).toContain("the old ones stay in force");
    expect(log()).toContain("modell");
    expect(await status()).toBe(403);
    await write("models.cedar", NO_GPT.replace("gpt-*", "claude-*"));
    await expect.poll(status, { timeout: 10_000 }).toBe(200);
    expect((await chat(token, '{"model":"claude-x"}')).status).toBe(403);
    const version = expect.stringMatching(/^[0-9a-f]{16}$/);
    await expect
      .poll(() => trail("policy.change"))
      .toMatchObject([{ decision: "allow", policy: version, resource: version }]);
  });
});

describe("T11: ENFORCE=report", () => {
  beforeAll(() => start({ ENFORCE: "report" }));
  afterAll(stop);

  test("T11: lets through what policies refuse, and says what it would have refused", async () => {
    const token = await at.agentToken("alice", { agent: "shadow-agent", scope: "llm:read" });
    await expect.poll(log).toMatch(/"policy":"[0-9a-f]{16}:no-shadow-agents".*would refuse/);
    expect((await chat(token, '{"model":"gpt-5"}')).status).toBe(200);
    await expect.poll(log).toMatch(/"policy":"[0-9a-f]{16}:no-gpt".*would refuse/);
    expect((await chat(token, "not JSON")).status).toBe(200);
    const large = Buffer.from(`{"model":"gpt-5","x":"${"y".repeat(9_000_000)}"}`);
    async function* pieces() {
      yield large.subarray(0, 4_000_000);
      yield large.subarray(4_000_000);
    }
    const answer = await chat(token, pieces() as unknown as Body, { duplex: "half" } as RequestInit);
    expect(answer.status).toBe(200);
    expect(engine.requests.at(-1)?.body.equals(large)).toBe(true);
  });
});

describe("T11: wrong policies", () => {
  test("T11: refuse the boot with everything that is wrong, and nothing is begun", async () => {
    await using program = await runProgram(
      ["serve"],
      { OIDC_ISSUER: "https://idp.example.com", POLICY_DIR: "." },
      await folderWith({
        "a.cedar": "permit (principal, action, resource) whn { true };",
        "b.cedar":
          'forbid (principal == Usr::"x", action, resource);\nforbid (principal, action, resource) when { context.nothing };',
      }),
    );
    expect(await program.ended()).toBe(2);
    for (const told of [
      "a.cedar:1 is not Cedar",
      "b.cedar:1 does not fit the schema",
      "b.cedar:2 does not fit the schema",
      "Nothing was started",
    ])
      expect(program.stderr()).toContain(told);
    await using validate = await runProgram(["policy", "validate", program.folder]);
    expect(await validate.ended()).toBe(2);
  });

  test("T11: policy explain names the policies that decide", async () => {
    await using program = await runProgram(
      [
        "policy",
        "explain",
        "--user",
        "https://idp.example.com|alice",
        "--agent",
        "a",
        "--path",
        "/api/chat",
        "--model",
        "gpt-5",
        "--json",
      ],
      { POLICY_DIR: "." },
      await folderWith({ "m.cedar": NO_GPT }),
    );
    expect(await program.ended()).toBe(0);
    expect(JSON.parse(program.stdout())).toMatchObject({
      decision: "deny",
      policies: [{ id: "no-gpt", file: "m.cedar", effect: "forbid" }],
    });
  });
});

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "attach-policies-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(made, name), text);
  return made;
}
