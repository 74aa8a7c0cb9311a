import { afterAll, beforeAll, expect, test } from "vitest";
import { type AgentServer, startAgents, tokenOf } from "../support/agents.ts";

// Agents manage nothing, but a registered one got round that by a token of its own account: what it registered outlived it.
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents();
});
afterAll(() => at?.close());

test("S01: a registered agent makes itself no second identity by acting as its own account", async () => {
  const ask = async (id: string, scopes: readonly string[]) => {
    const agent = await at.register(id, { scopes });
    const fields = { ...agent.credential(), scope: scopes.join(" "), grant_type: "client_credentials" };
    const token = tokenOf(
      await at.exchange({ ...fields, subject_token: undefined, subject_token_type: undefined }),
    );
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = JSON.stringify({ id: `second-${id}`, scopes: ["llm:read"] });
    const created = await fetch(`${at.url}/attach/v1/agents`, { method: "POST", headers, body });
    const listed = await fetch(`${at.url}/attach/v1/agents`, { headers });
    await Promise.all([created.body?.cancel(), listed.body?.cancel()]);
    return [created.status, listed.status];
  };
  expect(await ask("worker", ["llm:read"])).toEqual([403, 200]);
  // What `admin` handed it for that very purpose, it may.
  expect(await ask("provisioner", ["admin", "llm:read"])).toEqual([201, 200]);
});
