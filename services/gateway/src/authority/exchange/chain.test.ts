import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AgentRecord } from "../../core/ports/agents.ts";
import type { Client } from "../client.ts";
import { judgeChain } from "./chain.ts";

const OWNER = { iss: "https://idp.example", sub: "alice", tenant: null };

function record(id: string, changes: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id,
    name: id,
    owner: OWNER,
    auth: "client_secret_post",
    secretHash: null,
    jwks: null,
    scopes: null,
    audiences: [],
    ttl: null,
    depth: null,
    mayDelegateTo: null,
    status: "active",
    introspect: false,
    endpoint: null,
    createdAt: 0,
    updatedAt: 0,
    source: "registry",
    ...changes,
  };
}

interface House {
  readonly records?: readonly AgentRecord[];
  readonly registration?: "open" | "registered";
  readonly depth?: number;
}

async function judge(chain: readonly [string, ...string[]], house: House = {}): Promise<string> {
  const { records = [], registration = "open", depth = 8 } = house;
  const find = (id: string) => records.find((one) => one.id === id);
  const [id, ...earlier] = chain;
  const holder: Client = { id, authentication: "none", record: find(id) ?? null };
  const judged = await judgeChain(
    { holder, earlier },
    {
      store: { findAgent: async (one: string) => find(one) } as never,
      log: { info: () => undefined, error: () => undefined },
      registration,
      tokens: { depth } as never,
    },
  );
  return judged.ok ? "stands" : judged.reason.kind;
}

describe("T04: a chain", () => {
  test("of one always stands, in any house", async () => {
    expect(await judge(["a"], { depth: 1, registration: "registered" })).toBe("stands");
  });

  test("stands where nobody is twice and it is no deeper than everybody allows; for any chain", async () => {
    const ids = fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"), { minLength: 1 });
    const depths = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.integer({ min: 1, max: 8 }));
    await fc.assert(
      fc.asyncProperty(ids, depths, fc.integer({ min: 1, max: 12 }), async (chain, own, depth) => {
        const [first = "a", ...rest] = chain;
        const records = Object.entries(own).map(([id, max]) => record(id, { depth: max }));
        const verdict = await judge([first, ...rest], { records, depth });
        const max = Math.min(8, depth, ...chain.map((id) => own[id] ?? 8));
        if (rest.includes(first)) expect(verdict).toBe("chain_cycle");
        else expect(verdict).toBe(chain.length > max ? "chain_too_deep" : "stands");
      }),
    );
  });

  test("S02: its last link is named by the one before, where that one names anybody", async () => {
    const records = [record("lead", { mayDelegateTo: ["coder"] }), record("closed", { mayDelegateTo: [] })];
    expect(await judge(["coder", "lead"], { records })).toBe("stands");
    expect(await judge(["other", "lead"], { records })).toBe("delegation_not_permitted");
    expect(await judge(["coder", "closed"], { records })).toBe("delegation_not_permitted");
  });

  test("S02: unset names anybody in open, nobody in registered", async () => {
    const records = [record("a"), record("b")];
    expect(await judge(["b", "a"], { records })).toBe("stands");
    expect(await judge(["b", "a"], { records, registration: "registered" })).toBe("delegation_not_permitted");
  });

  test("breaks where an agent of it is suspended, or, in registered, no longer there", async () => {
    const records = [record("a"), record("b", { mayDelegateTo: ["c"] }), record("c")];
    const suspended = [...records.slice(0, 2), record("a", { status: "suspended" })].slice(1);
    expect(await judge(["c", "b", "a"], { records: suspended })).toBe("chain_broken");
    const gone = { records: records.slice(1), registration: "registered" as const };
    expect(await judge(["c", "b", "a"], gone)).toBe("chain_broken");
  });
});
