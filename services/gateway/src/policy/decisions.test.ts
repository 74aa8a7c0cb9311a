import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agent, calls, delegates, exchanges, user } from "../../../../test/support/policy/questions.ts";
import type { PolicyQuestion } from "../core/ports/policy.ts";
import { toCedar } from "./call.ts";
import { loadCedar } from "./cedar.ts";
import { createDecisions } from "./decisions.ts";
import { SCHEMA } from "./defaults.gen.ts";
import { parseSet } from "./parse-set.ts";
import { createPolicySet, type PolicySet } from "./policy-set.ts";

const cedar = await loadCedar();

/** A set out of text, which counts how often it is asked. */
function counting(text: string) {
  const parsed = parseSet(cedar, SCHEMA, [{ name: "p.cedar", text }]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.reason));
  const set = createPolicySet(cedar, SCHEMA, parsed.value);
  const asked = { times: 0 };
  const counted: PolicySet = {
    ...set,
    judge(question) {
      asked.times += 1;
      return set.judge(question);
    },
  };
  return { set, asked, decide: createDecisions(counted, () => {}) };
}

const ANY = "permit (principal, action, resource);";
/** Looks at who asks, and says nothing of it. */
const CALLERS = `${ANY} forbid (principal, action, resource) when { context.user.subject == "nobody" };`;
const PATHS = `${ANY} forbid (principal, action == Action::"call", resource) when { context.path == "/v1/files" };`;

describe("decisions", () => {
  test("are remembered by what Cedar is told of a caller, not by the token", () => {
    const { decide, asked } = counting(CALLERS);
    const first = decide(calls());
    expect(
      decide(calls({ principal: agent("research-agent", { jti: "another", delegation: "other" }) })),
    ).toBe(first);
    expect(asked.times).toBe(1);
    decide(calls({ principal: agent("other-agent") }));
    decide(calls({ principal: agent("research-agent", { jkt: "bound" }) }));
    decide(calls({ principal: agent("research-agent", { agentAuth: "private_key_jwt" }) }));
    decide(
      calls({
        principal: agent("research-agent", {
          owner: { iss: "https://idp.example", sub: "bob", tenant: null },
        }),
      }),
    );
    expect(asked.times).toBe(5);
  });

  test("are the same for everybody where no policy looks at who asks", () => {
    const { decide, asked } = counting(ANY);
    const of = (sub: string) => ({ owner: { iss: "https://idp.example", sub, tenant: null } });
    for (let n = 0; n < 100; n++) decide(exchanges({ subject: user(of(`user-${n}`)) }));
    expect(asked.times).toBe(1);
    decide(exchanges({ subject: agent("research-agent", of("alice")) }));
    decide(exchanges({ subject: user({ ...of("alice"), jkt: "bound" }) }));
    expect(asked.times).toBe(3);
  });

  test.each([
    ["its type", "forbid (principal is Agent, action, resource);"],
    ["its id", 'forbid (principal == Agent::"a", action, resource);'],
    ["an attribute of it", "forbid (principal is Agent, action, resource) unless { principal.registered };"],
    ["the user behind it", 'forbid (principal, action, resource) when { context.user.subject == "bob" };'],
    ["who acts", 'forbid (principal, action, resource) when { context.chain.contains("a") };'],
    ["how many act", "forbid (principal, action, resource) when { context.depth > 1 };"],
    ["the whole context", "forbid (principal, action, resource) when { [context].contains(context) };"],
  ])("are apart for each caller where a policy looks at %s", (_what, text) => {
    expect(counting(`${ANY} ${text}`).set.inputs.caller).toBe(true);
  });

  test("do not depend on what no policy looks at: a new path costs nothing then", () => {
    const { decide, asked } = counting(ANY);
    for (let n = 0; n < 100; n++) decide(calls({ path: `/api/${n}`, model: `m${n}`, method: "GET" }));
    expect(asked.times).toBe(1);
    const looking = counting(PATHS);
    for (let n = 0; n < 100; n++) looking.decide(calls({ path: `/api/${n}`, model: `m${n}` }));
    expect(looking.asked.times).toBe(100);
  });

  test("are remembered for a bounded number of questions of bounded length", () => {
    const { decide, asked } = counting(`${PATHS} ${CALLERS.slice(ANY.length)}`);
    const principal = agent();
    const long = `/${"x".repeat(5000)}`;
    for (let n = 0; n < 3; n++) decide(calls({ principal, path: long }));
    expect(asked.times).toBe(3);
    for (let n = 0; n < 65; n++) decide(calls({ principal, path: `/${n}` }));
    decide(calls({ principal, path: "/0" }));
    expect(asked.times).toBe(3 + 66);
  });

  test.each([
    [
      "context as a whole",
      'forbid (principal, action == Action::"call", resource) when { [context].contains(context) };',
      true,
    ],
    [
      "context has model",
      'forbid (principal, action == Action::"call", resource) when { context has model };',
      true,
    ],
    [
      "another member only",
      'forbid (principal, action == Action::"call", resource) when { context.path like "*model*" };',
      false,
    ],
  ])("%s: the model is needed? %s", (_name, text, needed) => {
    expect(counting(`${ANY} ${text}`).set.inputs.model).toBe(needed);
  });

  const ALIKE = `${ANY}
      forbid (principal, action == Action::"call", resource) when { context has model && context.model == "a" };
      forbid (principal, action in [Action::"exchange", Action::"delegate"], resource) when { context.scopes.contains("x") && !resource.registered };
      forbid (principal, action == Action::"call", resource) when { context.scopes.contains("x") && !context.bound };`;

  test.each([
    ["where no policy looks at who asks", ALIKE],
    [
      "where one does",
      `${ALIKE}
      forbid (principal is Agent, action, resource) when { !principal.registered && context.depth > 0 && context.scopes.contains("x") };
      forbid (principal, action == Action::"call", resource) when { context.path == "/p" && context.method == "GET" };
      forbid (principal, action == Action::"delegate", resource == Agent::"c");
      forbid (principal, action == Action::"exchange", resource) when { resource.registered };`,
    ],
  ])("are what Cedar says afresh, for any questions in any order, %s", (_name, policies) => {
    const { set, decide } = counting(policies);
    const principal = fc.constantFrom(
      user(),
      agent(),
      agent("c"),
      agent("c", { agentAuth: "private_key_jwt" }),
      agent("b", { scopes: new Set(["x"]) }),
    );
    const scopes = fc.constantFrom(["x"], ["llm:read"], ["x", "llm:read"]);
    const question: fc.Arbitrary<PolicyQuestion> = fc.oneof(
      fc
        .record({
          principal,
          method: fc.constantFrom("GET", "POST"),
          path: fc.constantFrom("/p", "/q"),
          model: fc.constantFrom(null, "a", "b", "/p", " a"),
        })
        .map(calls),
      fc
        .record({ subject: principal, agent: fc.constantFrom("c", "d"), registered: fc.boolean(), scopes })
        .map(exchanges),
      fc
        .record({
          subject: principal,
          from: fc.constantFrom("b", "c"),
          to: fc.constantFrom("b", "c"),
          registered: fc.boolean(),
          scopes,
        })
        .map(delegates),
    );
    fc.assert(
      fc.property(fc.array(question, { minLength: 1, maxLength: 12 }), (questions) => {
        for (const each of questions) {
          const { allowed, policies: ids } = set.judge(toCedar(each));
          const decided = decide(each);
          expect(decided).toEqual({ allowed, policy: `${set.version}:${ids.join(",") || "none"}` });
        }
      }),
      { numRuns: 100 },
    );
  });
});

test("an engine that fails refuses, and the process lives on", () => {
  const broken = {
    ...cedar,
    statefulIsAuthorized() {
      throw new Error("unreachable");
    },
  };
  const told: string[] = [];
  const decide = createDecisions(
    createPolicySet(broken, SCHEMA, []),
    ({ problem }) => void told.push(problem),
  );
  expect(decide(calls()).allowed).toBe(false);
  expect(told).toEqual([expect.stringContaining("unreachable")]);
});

test.each([
  ["what looks like an entity", calls({ model: '{"__entity":{"type":"User","id":"x"}}' })],
  ["names of members", calls({ model: "__proto__", path: "/__entity" })],
])("%s is only text to Cedar", (_name, question) => {
  const { set } = counting(
    `${ANY} forbid (principal, action == Action::"call", resource) when { context has model };`,
  );
  expect(set.judge(toCedar(question))).toMatchObject({
    allowed: question.action === "call" && question.model === null,
    faults: [],
  });
});

describe("what Cedar is told", () => {
  test("fits the schema that policies are validated against", () => {
    const staticPolicies = ANY;
    const tenant = { owner: { iss: "https://idp.example", sub: "alice", tenant: "acme" } };
    const questions = [
      calls(),
      calls({ model: "m" }),
      calls({ principal: user(tenant) }),
      calls({ principal: agent("a", { jkt: "t" }) }),
      exchanges(),
      exchanges({ subject: agent("research-agent") }),
      delegates(),
      delegates({ to: "planner" }),
      delegates({ subject: user() }),
    ];
    for (const question of questions) {
      const call = {
        ...toCedar(question),
        schema: SCHEMA,
        validateRequest: true,
        policies: { staticPolicies },
      };
      const answer = cedar.isAuthorized(call);
      expect(answer.type === "failure" ? answer.errors : answer.response.diagnostics.errors).toEqual([]);
    }
  });
});

test("the embedded policies are those of services/gateway/policies", () => {
  const script = resolve(import.meta.dirname, "../../../../scripts/embed-policies.ts");
  execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" });
});
