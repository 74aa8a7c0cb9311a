import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentServer, claimsOf, errorOf, startAgents, tokenOf } from "../support/agents.ts";

// An epoch of an agent reached the chains it stands in, and not what agents hold for it as the owner.
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents();
});
afterAll(() => at?.close());

describe("T10: a service account that exchanged its token for agents'", () => {
  test.each([
    ["suspended", (id: string) => at.manage("PATCH", `/attach/v1/agents/${id}`, { status: "suspended" })],
    ["removed", (id: string) => at.manage("DELETE", `/attach/v1/agents/${id}`)],
    ["revoked", (id: string) => at.manage("POST", "/attach/v1/revocations", { agent: id })],
  ])("takes everything with it when it is %s", async (how, end) => {
    const account = await at.register(`account-${how}`, { scopes: ["llm:read"] });
    const own = await at.issue({
      ...account.credential(),
      grant_type: "client_credentials",
      subject_token: undefined,
      subject_token_type: undefined,
    });
    const helper = await at.register(`helper-${how}`);
    const held = tokenOf(await at.exchange({ ...helper.credential(), subject_token: own }));
    const below = tokenOf(await at.pull(held, "below"));
    // A user of the same name, at another issuer, is another owner.
    const user = await at.issue({ client_id: "free", subject_token: at.userToken({ sub: account.id }) });
    expect(await Promise.all([own, held, below, user].map(at.call))).toEqual([200, 200, 200, 200]);
    at.clock.advance(5);
    expect((await end(account.id)).status).toBeLessThan(300);
    expect(await Promise.all([own, held, below, user].map(at.call))).toEqual([401, 401, 401, 200]);
    const renewal = { ...helper.credential(), subject_token: held, delegation: claimsOf(held).dlg };
    expect(errorOf(await at.exchange(renewal))).toBe("400 invalid_request");
  });
});
