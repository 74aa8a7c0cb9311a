import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agent, calls, delegates, exchanges, user } from "../../../../test/support/policy/questions.ts";
import { createPolicy, type LoadedPolicy } from "./policy.ts";

const PAGE = readFileSync(resolve(import.meta.dirname, "../../../../docs/policy.md"), "utf8");
const EXAMPLES = [...PAGE.matchAll(/^```cedar\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? "");

let folder: string;
let policy: LoadedPolicy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attach-policy-"));
  for (const [n, text] of EXAMPLES.entries()) await writeFile(join(folder, `${n}.cedar`), text);
  policy = await createPolicy({ files: [folder], defaults: true, log: { info: () => {}, error: () => {} } });
});
afterAll(() => rm(folder, { recursive: true }));

const by = (question: Parameters<LoadedPolicy["decide"]>[0]) => policy.decide(question).policy.split(":")[1];

describe("the examples of docs/policy.md", () => {
  test("are three, and fit the schema", () => {
    expect(EXAMPLES).toHaveLength(3);
    expect(policy.policies).toHaveLength(3 + 3);
  });

  test("paid models are for a few agents", () => {
    const registered = { agentAuth: "private_key_jwt" } as const;
    expect(by(calls({ model: "gpt-5", principal: agent("writer", registered) }))).toBe("scopes-decide");
    expect(by(calls({ model: "Llama3.2" }))).toBe("scopes-decide");
    expect(by(calls({ method: "GET", path: "/api/tags" }))).toBe("scopes-decide");
    for (const model of ["gpt-5", null])
      for (const principal of [user(), agent("writer"), agent("other", registered)])
        expect(by(calls({ model, principal }))).toBe("local-models-only");
  });

  test("contractors' agents stay small", () => {
    const owner = { iss: "https://contractors.example.com", sub: "carol", tenant: null };
    expect(by(exchanges({ subject: user({ owner }) }))).toBe("scopes-decide");
    expect(by(exchanges({ subject: user({ owner }), scopes: ["memory:write"] }))).toBe(
      "contractors-keep-it-short",
    );
    expect(by(delegates({ subject: agent("planner", { owner }) }))).toBe("contractors-keep-it-short");
    expect(by(delegates())).toBe("scopes-decide");
  });

  test("changing models takes a bound token", () => {
    const pull = { path: "/api/pull", scope: "llm:admin", model: "llama3.2" };
    expect(by(calls(pull))).toBe("model-changes-need-dpop");
    expect(by(calls({ ...pull, principal: user() }))).toBe("model-changes-need-dpop");
    expect(by(calls({ ...pull, principal: agent("a", { jkt: "thumbprint" }) }))).toBe("scopes-decide");
  });
});

test("docs/policy.md names every shipped policy, and everything that the schema has", () => {
  const read = (name: string) =>
    readFileSync(resolve(import.meta.dirname, "../../policies", name), "utf8").replace(/\/\/.*$/gm, "");
  const ids = [...read("default.cedar").matchAll(/@id\("([^"]+)"\)/g)].map(([, id]) => id);
  const names = [...read("schema.cedarschema").matchAll(/(?:entity|action) (\w+)|^\s+(\w+\??):/gm)].map(
    ([, name, member]) => name ?? member,
  );
  const undocumented = [...ids, ...names].filter(
    (name) => !["principal", "resource", "context", "owner"].includes(`${name}`),
  );
  expect(undocumented.length).toBeGreaterThan(20);
  expect(undocumented.filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
});
