import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AgentServer,
  chainOf,
  claimsOf,
  errorOf,
  type RegisteredAgent,
  startAgents,
  tokenOf,
} from "../support/agents.ts";
import { makeProof, thumbprint } from "../support/identity/proofs.ts";
import { makeKey } from "../support/identity/tokens.ts";

/** I05: service accounts by client_credentials, on a running gateway. */
let at: AgentServer;
let robot: RegisteredAgent;
let signer: RegisteredAgent;
beforeAll(async () => {
  at = await startAgents();
  robot = await at.register("robot", { scopes: ["llm:read", "memory:read"] });
  signer = await at.register("signer", { scopes: ["llm:read"], auth: "private_key_jwt" });
});
afterAll(() => at?.close());

const ask = (agent: RegisteredAgent, fields: object = {}, headers: Record<string, string> = {}) =>
  at.exchange(
    {
      ...agent.credential(),
      grant_type: "client_credentials",
      subject_token: undefined,
      subject_token_type: undefined,
      ...fields,
    },
    headers,
  );

describe("I05: a service account", () => {
  test("gets a token of its own by secret or signed assertion: its own owner, nobody's actor", async () => {
    for (const [agent, how] of [
      [robot, "client_secret_post"],
      [signer, "private_key_jwt"],
    ] as const) {
      const answer = await ask(agent);
      expect(answer.body).toMatchObject({ token_type: "Bearer", expires_in: 300 });
      expect(answer.body).not.toHaveProperty("issued_token_type");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      const claims = claimsOf(answer);
      expect(claims).toMatchObject({
        iss: at.url,
        sub: agent.id,
        sub_id: { format: "iss_sub", iss: at.url, sub: agent.id },
        aud: at.url,
        client_id: agent.id,
        agent_auth: how,
        anc: [],
        root: claims.dlg,
      });
      expect(claims).not.toHaveProperty("act");
      expect(await at.call(tokenOf(answer))).toBe(200);
    }
  });

  test("holds no more than its record names, and what rules others only by name", async () => {
    expect(claimsOf(await ask(robot)).scope).toBe("llm:read memory:read");
    expect(claimsOf(await ask(robot, { scope: "llm:read" })).scope).toBe("llm:read");
    expect(errorOf(await ask(robot, { scope: "llm:read memory:write" }))).toBe("400 invalid_scope");
    const boss = await at.register("boss", { scopes: ["admin", "llm:read"] });
    expect(claimsOf(await ask(boss)).scope).toBe("llm:read");
    expect(claimsOf(await ask(boss, { scope: "admin" })).scope).toBe("admin");
    const boundless = await at.register("boundless");
    expect(errorOf(await ask(boundless))).toBe("400 invalid_scope");
    expect(errorOf(await ask(boundless, { scope: "llm:read" }))).toBe("400 invalid_scope");
  });

  test("is registered and proves itself", async () => {
    const fields = { grant_type: "client_credentials", subject_token: undefined };
    expect(errorOf(await at.exchange({ ...fields, client_id: "anybody" }))).toBe("401 invalid_client");
    expect(errorOf(await at.exchange({ ...fields, client_id: "robot" }))).toBe("401 invalid_client");
  });

  test("exchanges its token for an agent's: owner the account, actor the agent", async () => {
    const token = tokenOf(await ask(robot));
    const agent = await at.exchange({ client_id: "helper", subject_token: token });
    expect(chainOf(agent)).toEqual(["helper"]);
    expect(claimsOf(agent)).toMatchObject({ sub: "robot", sub_id: { iss: at.url, sub: "robot" }, anc: [] });
    expect(claimsOf(agent).exp).toBeLessThanOrEqual(claimsOf(token).exp);
    expect(
      errorOf(await at.exchange({ client_id: "helper", subject_token: token, scope: "memory:write" })),
    ).toBe("400 invalid_scope");
    const deeper = await at.pull(tokenOf(agent), "deeper");
    expect(chainOf(deeper)).toEqual(["deeper", "helper"]);
  });

  test("is nobody else: a user of the same sub at a provider is another owner", async () => {
    const mine = claimsOf(await at.exchange({ client_id: "x", subject_token: tokenOf(await ask(robot)) }));
    const theirs = claimsOf(
      await at.exchange({ client_id: "x", subject_token: at.userToken({ sub: "robot" }) }),
    );
    expect(mine["sub_id"]).not.toEqual(theirs["sub_id"]);
    const answer = await at.exchange({
      client_id: "x",
      subject_token: at.userToken({ sub: "robot" }),
      delegation: mine.dlg,
    });
    expect(errorOf(answer)).toBe("400 invalid_grant");
  });

  test("its node is not renewed, and not by an exchange either", async () => {
    const token = tokenOf(await ask(robot));
    const answer = await at.exchange({
      ...robot.credential(),
      subject_token: token,
      delegation: claimsOf(token).dlg,
    });
    expect(errorOf(answer)).toBe("400 invalid_grant");
  });

  test("S03: with a proof, its token is bound", async () => {
    const key = makeKey("robot-key");
    const iat = Math.floor(at.clock.now() / 1000);
    const dpop = makeProof(key, { htm: "POST", htu: `${at.url}/oauth/token`, iat });
    const answer = await ask(robot, {}, { dpop });
    expect(answer.body["token_type"]).toBe("DPoP");
    expect(claimsOf(answer)["cnf"]).toEqual({ jkt: thumbprint(key) });
    expect(await at.call(tokenOf(answer))).toBe(401);
  });

  test("T05: its own revocation and its suspension end its tokens at once", async () => {
    const gone = await at.register("gone", { scopes: ["llm:read"] });
    const [first, second] = [tokenOf(await ask(gone)), tokenOf(await ask(gone))];
    const form = new URLSearchParams({ token: first, client_id: "gone", client_secret: String(gone.secret) });
    expect((await at.post("/oauth/revoke", form)).status).toBe(200);
    expect([await at.call(first), await at.call(second)]).toEqual([401, 200]);
    await at.patch("gone", { status: "suspended" });
    expect(await at.call(second)).toBe(401);
    expect(errorOf(await ask(gone))).toBe("401 invalid_client");
  });

  test("O01, T12: each token has its row and its record, and a refusal its reason", async () => {
    const { jti } = claimsOf(await ask(robot));
    await ask(robot, { scope: "admin" });
    const db = new DatabaseSync(at.database, { readOnly: true });
    const token = db.prepare("select agent, agent_auth from tokens where jti = ?").get(jti);
    const event = db.prepare("select action, reason, chain from audit_events where jti = ?").get(jti);
    const refusal = db
      .prepare("select reason from audit_events where action = 'token.refuse' order by seq desc limit 1")
      .get();
    db.close();
    expect({ ...token }).toEqual({ agent: "robot", agent_auth: "client_secret_post" });
    expect({ ...event }).toEqual({
      action: "token.issue",
      reason: "agent_auth=client_secret_post",
      chain: '["robot"]',
    });
    expect({ ...refusal }).toEqual({ reason: "scope_exceeded" });
  });
});
