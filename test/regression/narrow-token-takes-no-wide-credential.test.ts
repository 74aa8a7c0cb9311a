import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentServer, startAgents } from "../support/agents.ts";
import { publicJwk } from "../support/identity/proofs.ts";
import { makeKey } from "../support/identity/tokens.ts";

// A user's token held to one scope could make itself the credential of the user's wider agent, and with it the wider account.
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents();
  await at.manage("POST", "/attach/v1/agents", { id: "wide", scopes: ["llm:read", "memory:write"] }, "alice");
});
afterAll(() => at?.close());

async function patch(body: object, scope?: string): Promise<number> {
  const token = at.userToken({ sub: "alice", ...(scope === undefined ? {} : { scope }) });
  const response = await fetch(`${at.url}/attach/v1/agents/wide`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}

describe("S05: a token that is narrower than the agent's ceiling", () => {
  const key = makeKey("k", "ES256");
  test.each([
    ["a new secret", { rotateSecret: true }],
    ["keys", { jwks: { keys: [{ ...publicJwk(key), kid: key.kid }] } }],
  ])("gives it no credential: %s", async (_what, body) => {
    expect(await patch(body, "llm:read")).toBe(403);
    expect(await patch({ ...body, scopes: ["llm:read", "memory:write"] }, "llm:read")).toBe(403);
  });

  test("changes what gives nobody more", async () => {
    expect(await patch({ name: "renamed", status: "active" }, "llm:read")).toBe(200);
    expect(await patch({ rotateSecret: true })).toBe(200);
    expect(await patch({ rotateSecret: true, scopes: ["llm:read"] }, "llm:read")).toBe(200);
  });
});
