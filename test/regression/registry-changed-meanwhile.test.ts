import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentServer, errorOf, startAgents } from "../support/agents.ts";

// A token that was judged by a record or grant read just before it was taken back was recorded just after: the epoch was older.
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents();
});
afterAll(() => at?.close());

/** Two requests, the first of which waits for the disk while the second is judged. */
async function overtaking<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  const other = new DatabaseSync(at.database);
  other.exec("begin immediate");
  const one = first();
  await pause(300);
  at.clock.advance(50);
  const two = second();
  await pause(300);
  other.exec("rollback");
  other.close();
  return Promise.all([one, two]);
}

describe("T10: nothing is issued once the answer has left that", () => {
  test("its agent is suspended", async () => {
    const agent = await at.register("quick");
    const [patched, issued] = await overtaking(
      () => at.manage("PATCH", "/attach/v1/agents/quick", { status: "suspended" }),
      () => at.exchange(agent.credential()),
    );
    expect([patched.status, errorOf(issued)]).toEqual([200, "401 invalid_client"]);
  });

  test("its agent is removed", async () => {
    const agent = await at.register("brief", { scopes: ["llm:read"] });
    const account = {
      grant_type: "client_credentials",
      subject_token: undefined,
      subject_token_type: undefined,
    };
    const [removed, issued] = await overtaking(
      () => at.manage("DELETE", "/attach/v1/agents/brief"),
      () => at.exchange({ ...agent.credential(), ...account }),
    );
    expect([removed.status, errorOf(issued)]).toEqual([204, "401 invalid_client"]);
  });

  test("the user's grant is taken back", async () => {
    const grant = await at.manage("POST", "/attach/v1/grants", { agent: "x", scopes: ["llm:read"] }, "alice");
    const [revoked, issued] = await overtaking(
      () => at.manage("DELETE", `/attach/v1/grants/${grant.body["id"]}`, undefined, "alice"),
      () => at.exchange({ client_id: "x" }),
    );
    expect([revoked.status, errorOf(issued)]).toEqual([204, "400 invalid_request"]);
  });
});
