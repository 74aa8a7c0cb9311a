import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentServer, chainOf, claimsOf, errorOf, startAgents, tokenOf } from "../support/agents.ts";
import { makeProof, thumbprint } from "../support/identity/proofs.ts";
import { makeKey, type TestKey } from "../support/identity/tokens.ts";

/** T07: sessions longer than a token. What may renew a delegation, and what may not, on a running gateway. */
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents();
});
afterAll(() => at?.close());

const KEY = makeKey("holder");
const dpop = (key: TestKey = KEY, claims: object = {}) => {
  const iat = Math.floor(at.clock.now() / 1000);
  return { dpop: makeProof(key, { htm: "POST", htu: `${at.url}/oauth/token`, iat, ...claims }) };
};
const kept = (token: string) => {
  const { dlg, root, sid, anc } = claimsOf(token);
  return { dlg, root, sid, anc, chain: chainOf(token) };
};
const delegation = (token: string) => claimsOf(token).dlg;

describe("a plain bearer never renews itself", () => {
  test("by its delegation or without, through itself or through a friend", async () => {
    const a = await at.issue({ client_id: "a" });
    expect(errorOf(await at.pull(a, "a", { delegation: delegation(a) }))).toBe("400 invalid_request");
    expect(errorOf(await at.pull(a, "a"))).toBe("400 invalid_request");
    expect(errorOf(await at.pull(a, "b", { delegation: delegation(a) }))).toBe("400 invalid_grant");
    const b = tokenOf(await at.pull(a, "b"));
    expect(errorOf(await at.pull(b, "a", { delegation: delegation(a) }))).toBe("400 invalid_grant");
  });

  test("nor does a registered agent's token without the agent", async () => {
    const agent = await at.register("kept");
    const token = tokenOf(await at.exchange(agent.credential()));
    const answer = await at.pull(token, "kept", { delegation: delegation(token) });
    expect(errorOf(answer)).toBe("401 invalid_client");
  });
});

describe("an agent that proves itself renews its own live token, to SESSION_MAX", () => {
  test("by its credential: past the user's own token, with everything of the delegation kept", async () => {
    const other = await startAgents({ SESSION_MAX: "1h" });
    const agent = await other.register("worker");
    const brief = other.userToken({ exp: other.clock.now() / 1000 + 120 });
    let token = tokenOf(await other.exchange({ ...agent.credential(), subject_token: brief }));
    const first = kept(token);
    const renew = () =>
      other.exchange({ ...agent.credential(), subject_token: token, delegation: first.dlg, ttl: "600" });
    for (let minutes = 1; minutes < 60; minutes += minutes === 1 ? 8 : 9) {
      other.clock.advance((minutes === 1 ? 1 : 9) * 60_000);
      const answer = await renew();
      if (answer.status !== 200) throw new Error(`${minutes}: ${JSON.stringify(answer.body)}`);
      token = tokenOf(answer);
      expect(kept(token)).toEqual(first);
    }
    expect(claimsOf(token).exp).toBeLessThanOrEqual(other.clock.now() / 1000 + 600);
    other.clock.advance(10 * 60_000);
    expect((await renew()).status).toBe(400);
    await other.close();
  });

  test("by the key its token is bound to, and by no other key", async () => {
    const first = await at.exchange({ client_id: "bound" }, dpop());
    expect(first.body["token_type"]).toBe("DPoP");
    const token = tokenOf(first);
    expect(claimsOf(token)["cnf"]).toEqual({ jkt: thumbprint(KEY) });
    const fields = { client_id: "bound", subject_token: token, delegation: delegation(token) };
    const renewed = await at.exchange(fields, dpop());
    expect(kept(tokenOf(renewed))).toEqual(kept(token));
    expect(claimsOf(renewed)["cnf"]).toEqual({ jkt: thumbprint(KEY) });
    expect(errorOf(await at.exchange(fields))).toBe("400 invalid_request");
    expect(errorOf(await at.exchange(fields, dpop(makeKey("thief"))))).toBe("400 invalid_dpop_proof");
  });

  test("S11: a proof issues one token", async () => {
    const proof = dpop();
    expect((await at.exchange({ client_id: "once" }, proof)).status).toBe(200);
    expect(errorOf(await at.exchange({ client_id: "once" }, proof))).toBe("400 invalid_dpop_proof");
  });

  test("with no more than its live token holds, and never an ended or revoked one", async () => {
    const agent = await at.register("shrinking");
    const wide = tokenOf(await at.exchange({ ...agent.credential(), scope: "llm:read memory:read" }));
    const renew = (subject_token: string, fields: object = {}) =>
      at.exchange({ ...agent.credential(), subject_token, delegation: delegation(wide), ...fields });
    const narrow = tokenOf(await renew(wide, { scope: "llm:read" }));
    expect(errorOf(await renew(narrow, { scope: "memory:read" }))).toBe("400 invalid_scope");
    expect(claimsOf(await renew(narrow)).scope).toBe("llm:read");
    at.clock.advance(400_000);
    expect(errorOf(await renew(wide))).toBe("400 invalid_request");
  });
});

describe("S03: binding is never lost on the way down", () => {
  test("a bound token goes on only with its key, and its children are bound", async () => {
    const a = await at.issue({ client_id: "a" }, dpop());
    expect(errorOf(await at.pull(a, "b"))).toBe("400 invalid_request");
    const withAnother = await at.exchange({ client_id: "b", subject_token: a }, dpop(makeKey("b-key")));
    expect(errorOf(withAnother)).toBe("400 invalid_dpop_proof");
    const child = await at.exchange({ client_id: "b", subject_token: a }, dpop());
    expect([chainOf(child), claimsOf(child)["cnf"]]).toEqual([["b", "a"], { jkt: thumbprint(KEY) }]);
    expect(await at.call(tokenOf(child))).toBe(401);
  });

  test("handed on, the child is bound to the key that the holder names for it", async () => {
    const a = await at.issue({ client_id: "a" }, dpop());
    const theirs = makeKey("theirs");
    const fields = { client_id: "a", subject_token: a, requested_actor: "b" };
    const child = await at.exchange({ ...fields, dpop_jkt: thumbprint(theirs) }, dpop());
    expect(claimsOf(child)["cnf"]).toEqual({ jkt: thumbprint(theirs) });
    const pulled = { client_id: "c", dpop_jkt: thumbprint(theirs) };
    expect(errorOf(await at.exchange(pulled, dpop()))).toBe("400 invalid_request");
    expect(errorOf(await at.exchange({ ...fields, dpop_jkt: "short" }, dpop()))).toBe("400 invalid_request");
  });
});

describe("a node below is renewed from above", () => {
  test("by the parent's fresh token, which it does not outlive, or by the user's", async () => {
    const a = await at.issue({ client_id: "a", ttl: "60" });
    const b = tokenOf(await at.pull(a, "b"));
    at.clock.advance(30_000);
    const fresh = await at.issue({ client_id: "a", delegation: delegation(a), ttl: "90" });
    const renewed = tokenOf(await at.pull(fresh, "b", { delegation: delegation(b), ttl: "600" }));
    expect(kept(renewed)).toEqual(kept(b));
    expect(claimsOf(renewed).exp).toBe(claimsOf(fresh).exp);
    const byUser = await at.exchange({ client_id: "b", delegation: delegation(b) });
    expect(kept(tokenOf(byUser))).toEqual(kept(b));
    const stranger = await at.issue({ client_id: "a" });
    expect(errorOf(await at.pull(stranger, "b", { delegation: delegation(b) }))).toBe("400 invalid_grant");
  });

  test("not once the node above is revoked", async () => {
    const agent = await at.register("below");
    const a = await at.issue({ client_id: "a" });
    const b = tokenOf(await at.exchange({ ...agent.credential(), subject_token: a }));
    await at.post("/oauth/revoke", new URLSearchParams({ token: a, client_id: "a" }));
    const answers = [
      await at.exchange({ ...agent.credential(), delegation: delegation(b) }),
      await at.exchange({ ...agent.credential(), subject_token: b, delegation: delegation(b) }),
    ];
    expect(answers.map(errorOf)).toEqual(["400 invalid_grant", "400 invalid_request"]);
  });
});
