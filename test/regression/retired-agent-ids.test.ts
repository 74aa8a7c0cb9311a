import { afterAll, beforeAll, expect, test } from "vitest";
import { type AgentServer, startAgents, tokenOf } from "../support/agents.ts";

// A service account's owner is (PUBLIC_URL, its id): whoever registered the id anew became that owner, with its agents and tokens.
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents();
});
afterAll(() => at?.close());

const create = (id: string, sub: string, body: object = {}) =>
  at.manage("POST", "/attach/v1/agents", { id, ...body }, sub);

test("the id of a removed agent is its owner's to take again, and nobody else's", async () => {
  expect((await create("batch", "alice", { scopes: ["llm:read"] })).status).toBe(201);
  expect((await at.manage("DELETE", "/attach/v1/agents/batch", undefined, "alice")).status).toBe(204);
  expect((await create("batch", "mallory", { scopes: ["llm:read"] })).status).toBe(409);
  expect((await create("batch", "root")).status).toBe(409);
  at.clock.advance(5);
  const again = await create("batch", "alice", { scopes: ["llm:read"] });
  expect(again.status).toBe(201);
  const account = {
    grant_type: "client_credentials",
    client_id: "batch",
    client_secret: String(again.body["secret"]),
    subject_token: undefined,
    subject_token_type: undefined,
  };
  expect(tokenOf(await at.exchange(account))).toBeTypeOf("string");
  // Not by a change of hands either: who had it last has it.
  const owner = { iss: at.issuer.issuer, sub: "bob" };
  await at.patch("batch", { owner });
  expect((await at.manage("DELETE", "/attach/v1/agents/batch", undefined, "bob")).status).toBe(204);
  expect((await create("batch", "alice")).status).toBe(409);
  // `admin` sees to it that an id of somebody who has left is used again.
  expect((await create("batch", "root", { owner })).status).toBe(201);
});
