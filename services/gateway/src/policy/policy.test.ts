import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agent, calls, delegates, exchanges, user } from "../../../../test/support/policy/questions.ts";
import type { PolicyChange } from "./change.ts";
import { createPolicy, type LoadedPolicy, type PolicyOptions } from "./policy.ts";

const lines: { readonly fields: Record<string, unknown>; readonly message: string }[] = [];
const note = (fields: object, message: string) => void lines.push({ fields: { ...fields }, message });
const log = { info: note, error: note };

let folder: string;
let open: LoadedPolicy[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "attach-policy-"));
  lines.length = 0;
});
afterEach(async () => {
  for (const policy of open) policy.close();
  open = [];
  await rm(folder, { recursive: true });
});

const write = (name: string, text: string) => writeFile(join(folder, name), text);

async function load(texts: Readonly<Record<string, string>> = {}, options: Partial<PolicyOptions> = {}) {
  for (const [name, text] of Object.entries(texts)) await write(name, text);
  const files = Object.keys(texts).length === 0 ? [] : [folder];
  const policy = await createPolicy({ files, defaults: true, log, ...options });
  open.push(policy);
  return policy;
}

const NO_GPT = `@id("no-gpt") forbid (principal is Agent, action == Action::"call", resource)
when { context has model && context.model like "gpt-*" };`;

describe("the shipped policies", () => {
  test("allow what the scopes allow: calls, exchanges and hand-ons of unregistered agents", async () => {
    const policy = await load();
    const scopes = ["llm:read", "llm:admin", "engine:any", "a2a:send", "memory:write", "mcp:x:y"];
    for (const question of [
      calls(),
      exchanges({ scopes }),
      delegates({ scopes }),
      calls({ principal: user() }),
    ])
      expect(policy.decide(question)).toEqual({ allowed: true, policy: `${policy.version}:scopes-decide` });
  });

  test("never let an agent administer, registered or not, by whatever way", async () => {
    const policy = await load();
    for (const registered of [true, false])
      for (const question of [
        exchanges({ scopes: ["admin"], registered }),
        delegates({ scopes: ["admin"], registered }),
      ])
        expect(policy.decide(question)).toEqual({
          allowed: false,
          policy: `${policy.version}:agents-never-administer`,
        });
  });

  test("show the audit trail to registered agents only", async () => {
    const policy = await load();
    const scopes = ["audit:read"];
    expect(policy.decide(exchanges({ scopes, registered: true })).allowed).toBe(true);
    expect(policy.decide(exchanges({ scopes, registered: false })).allowed).toBe(false);
    expect(policy.decide(delegates({ scopes, registered: false })).allowed).toBe(false);
  });

  test("look at nothing of a call that would make bodies be read", async () => {
    expect((await load()).needsModel).toBe(false);
  });
});

describe("the operator's policies", () => {
  test("take away beside the shipped ones, and say which decided", async () => {
    const policy = await load({ "mine.cedar": NO_GPT });
    expect(policy.needsModel).toBe(true);
    expect(policy.decide(calls({ model: "gpt-5" }))).toEqual({
      allowed: false,
      policy: `${policy.version}:no-gpt`,
    });
    expect(policy.decide(calls({ model: "llama3.2" })).allowed).toBe(true);
    expect(policy.decide(calls({ model: "GPT-5" })).allowed).toBe(false);
    expect(policy.decide(calls({ model: null })).allowed).toBe(true);
    expect(policy.decide(calls({ model: "gpt-5", principal: user() })).allowed).toBe(true);
  });

  test("stand alone where the shipped ones are off: what none permits is refused", async () => {
    const mine = { "mine.cedar": 'permit (principal is User, action == Action::"call", resource);' };
    const policy = await load(mine, { defaults: false });
    expect(policy.decide(calls({ principal: user() })).policy).toBe(`${policy.version}:mine.1`);
    expect(policy.decide(calls())).toEqual({ allowed: false, policy: `${policy.version}:none` });
  });

  test("see user, agent, chain, depth, scopes, method, path and binding", async () => {
    const chained = agent("coder", {
      act: { sub: "coder", iss: "g", act: { sub: "planner", iss: "g" } },
      agentAuth: "private_key_jwt",
      jkt: "thumbprint",
      owner: { iss: "https://idp.example", sub: "alice", tenant: "acme" },
    });
    const policy = await load(
      {
        "all.cedar": `permit (principal == Agent::"coder", action == Action::"call", resource == Upstream::"default")
          when { principal.registered && context.user == User::"https://idp.example|alice" &&
            context.user.issuer == "https://idp.example" && context.user.subject == "alice" &&
            context.user has tenant && context.user.tenant == "acme" && !(context.user has service) &&
            context.chain.containsAll(["planner", "coder"]) && context.depth == 2 && context.bound &&
            context.scopes.contains("llm:read") && context.scope == "llm:read" &&
            context.method == "POST" && context.path like "/api/*" };`,
      },
      { defaults: false },
    );
    expect(policy.explain(calls({ principal: chained }))).toEqual({
      allowed: true,
      policies: ["all.1"],
      faults: [],
    });
    expect(policy.decide(calls({ principal: chained })).allowed).toBe(true);
    expect(policy.decide(calls({ principal: chained, method: "GET" })).allowed).toBe(false);
    expect(policy.decide(calls({ principal: agent("coder") })).allowed).toBe(false);
  });

  test("cannot take one owner for another by a bar in an issuer", async () => {
    const mine = { "u.cedar": 'forbid (principal == User::"https://a|b|c", action, resource);' };
    const policy = await load(mine);
    const owned = (iss: string, sub: string) =>
      calls({ principal: user({ owner: { iss, sub, tenant: null } }) });
    expect(policy.decide(owned("https://a", "b|c")).allowed).toBe(false);
    expect(policy.decide(owned("https://a|b", "c")).allowed).toBe(true);
  });

  test("close, and never open, when a forbid cannot be worked out", async () => {
    const overflow =
      '@id("f") forbid (principal, action == Action::"call", resource) when { context.depth + 9223372036854775807 < 5 };';
    const policy = await load({ "f.cedar": overflow });
    expect(policy.decide(calls())).toEqual({ allowed: false, policy: `${policy.version}:f` });
    expect(lines).toContainEqual(expect.objectContaining({ message: "a policy could not be worked out" }));
    expect(policy.decide(calls({ principal: user() })).allowed).toBe(true);
  });

  test("give the set a version that changes with them and with nothing else", async () => {
    const plain = await load();
    const mine = await load({ "b.cedar": NO_GPT });
    await write("a.cedar", '@id("x") forbid (principal, action, resource) when { context.depth > 3 };');
    const more = await load({ "b.cedar": `// a comment\n${NO_GPT}` });
    expect(new Set([plain.version, mine.version, more.version]).size).toBe(3);
    expect((await load()).version).toBe(plain.version);
    expect(plain.version).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe("policies that change on disk", () => {
  const EVERY = 20;
  const nextLine = async (message: string) => {
    await expect.poll(() => lines.map((line) => line.message), { timeout: 5_000 }).toContain(message);
    return lines.find((line) => line.message === message);
  };

  test("take the old ones' place in one step, and what was remembered is forgotten", async () => {
    const policy = await load({ "mine.cedar": NO_GPT });
    const changes: PolicyChange[] = [];
    policy.watch((change) => void changes.push(change), EVERY);
    const question = calls({ model: "gpt-5" });
    const before = policy.decide(question);
    expect(before.allowed).toBe(false);
    await write("mine.cedar", '@id("late") forbid (principal, action, resource) when { context.depth > 7 };');
    await nextLine("policies changed");
    expect(policy.decide(question).allowed).toBe(true);
    expect(policy.needsModel).toBe(false);
    expect(changes).toEqual([{ version: policy.version, previous: before.policy.split(":")[0] }]);
  });

  test("stay as they were when the new ones are wrong, and come in once they are right", async () => {
    const policy = await load({ "mine.cedar": NO_GPT });
    policy.watch(() => {}, EVERY);
    const { version } = policy;
    await write("mine.cedar", "forbid (principal, action, resource) when { context.modle == 1 };");
    const line = await nextLine("the policies are wrong: the old ones stay in force");
    expect(JSON.stringify(line?.fields)).toContain("modle");
    expect(policy.version).toBe(version);
    expect(policy.decide(calls({ model: "gpt-5" })).allowed).toBe(false);
    await rm(join(folder, "mine.cedar"));
    await write("other.cedar", "forbid (principal, action, resource);");
    await nextLine("policies changed");
    expect(policy.decide(calls()).allowed).toBe(false);
  });
});
