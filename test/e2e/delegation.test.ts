import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AgentServer,
  chainOf,
  claimsOf,
  errorOf,
  JWT,
  type RegisteredAgent,
  startAgents,
  statement,
  tokenOf,
} from "../support/agents.ts";
import { ACCESS_TOKEN } from "../support/authority.ts";
import { signToken } from "../support/identity/tokens.ts";

/** T04: agents hand on to agents, on a running gateway; who may, how deep, how long, for what. */
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents();
});
afterAll(() => at?.close());

describe("T04: pulled: the next agent presents the token of the one before", () => {
  test("nests the chain, names the ancestors, keeps owner, root and session", async () => {
    const a = await at.issue({ client_id: "a", scope: "llm:read memory:write" });
    const b = await at.pull(a, "b", { scope: "llm:read" });
    const c = await at.pull(tokenOf(b), "c");
    expect([chainOf(a), chainOf(b), chainOf(c)]).toEqual([["a"], ["b", "a"], ["c", "b", "a"]]);
    const [ac, bc, cc] = [claimsOf(a), claimsOf(b), claimsOf(c)];
    expect([ac.anc, bc.anc, cc.anc]).toEqual([[], [ac.dlg], [ac.dlg, bc.dlg]]);
    for (const one of [bc, cc]) {
      expect(one).toMatchObject({ root: ac.dlg, sid: ac.sid, sub: "alice", sub_id: ac["sub_id"] });
    }
    expect(cc).toMatchObject({ client_id: "c", scope: "llm:read", agent_auth: "none" });
    expect(await at.call(tokenOf(c))).toBe(200);
  });

  test("T03: asks in vain for more than the token before has, and gets nothing by name that was not there", async () => {
    const a = await at.issue({ client_id: "a", scope: "llm:read engine:any" });
    expect(errorOf(await at.pull(a, "b", { scope: "llm:read memory:write" }))).toBe("400 invalid_scope");
    expect(claimsOf(await at.pull(a, "b")).scope).toBe("llm:read");
    expect(claimsOf(await at.pull(a, "b", { scope: "engine:any" })).scope).toBe("engine:any");
  });

  test("a child never outlives its parent, whatever it asks for", async () => {
    const a = await at.issue({ client_id: "a", ttl: "60" });
    const b = await at.pull(a, "b", { ttl: "3600" });
    expect(claimsOf(b).exp).toBe(claimsOf(a).exp);
    expect(b.body["expires_in"]).toBe(60);
  });

  test("no agent stands in a chain twice", async () => {
    const a = await at.issue({ client_id: "a" });
    const b = tokenOf(await at.pull(a, "b"));
    for (const answer of [await at.pull(a, "a"), await at.pull(b, "a"), await at.pull(b, "b")]) {
      expect(errorOf(answer)).toBe("400 invalid_request");
    }
  });

  test("the chain ends at its depth, which configuration caps", async () => {
    const deepest = async (server: AgentServer) => {
      let token = await server.issue({ client_id: "n1" });
      for (let n = 2; ; n++) {
        const answer = await server.pull(token, `n${n}`);
        if (answer.status !== 200) return [n - 1, errorOf(answer)];
        token = tokenOf(answer);
      }
    };
    expect(await deepest(at)).toEqual([3, "400 invalid_request"]);
    const deep = await startAgents({ DELEGATION_DEPTH: "8" });
    expect(await deepest(deep)).toEqual([8, "400 invalid_request"]);
    await deep.close();
  });

  test("T05: revoking a node kills it and everything below it, nothing beside or above", async () => {
    const a = await at.issue({ client_id: "a" });
    const [b, beside] = [tokenOf(await at.pull(a, "b")), tokenOf(await at.pull(a, "d"))];
    const c = tokenOf(await at.pull(b, "c"));
    const form = new URLSearchParams({ token: b, client_id: "b" });
    expect((await at.post("/oauth/revoke", form)).status).toBe(200);
    const calls = await Promise.all([a, b, c, beside].map((token) => at.call(token)));
    expect(calls).toEqual([200, 401, 401, 200]);
    expect(errorOf(await at.pull(b, "e"))).toBe("400 invalid_request");
  });

  test("a token of ours is presented as an access token, by that name only", async () => {
    const a = await at.issue({ client_id: "a" });
    expect(errorOf(await at.pull(a, "b", { subject_token_type: JWT }))).toBe("400 invalid_request");
  });
});

describe("S02: pushed: an agent hands its own token on by requested_actor", () => {
  test("the named agent becomes the actor, and nothing says that it proved itself", async () => {
    const a = await at.issue({ client_id: "a" });
    const b = await at.pull(a, "a", { requested_actor: "b", scope: "llm:read" });
    expect(chainOf(b)).toEqual(["b", "a"]);
    expect(claimsOf(b)).toMatchObject({ client_id: "b", agent_auth: "none", scope: "llm:read" });
  });

  test("nobody hands on what is not their own", async () => {
    const a = await at.issue({ client_id: "a" });
    expect(errorOf(await at.pull(a, "b", { requested_actor: "c" }))).toBe("400 invalid_request");
    expect(errorOf(await at.exchange({ client_id: "a", requested_actor: "b" }))).toBe("400 invalid_request");
    expect(errorOf(await at.pull(a, "a", { requested_actor: "a b" }))).toBe("400 invalid_request");
  });

  test("S01: the name of a registered agent is not lent by one that proves nothing", async () => {
    const trusted = await at.register("trusted");
    const a = await at.issue({ client_id: "a" });
    expect(errorOf(await at.pull(a, "a", { requested_actor: "trusted" }))).toBe("400 invalid_request");
    expect(errorOf(await at.pull(a, "trusted"))).toBe("401 invalid_client");
    expect(chainOf(await at.exchange({ ...trusted.credential(), subject_token: a }))).toEqual([
      "trusted",
      "a",
    ]);
  });
});

describe("S02: whom an agent may hand on to is in its record", () => {
  let lead: RegisteredAgent;
  let worker: RegisteredAgent;
  let stranger: RegisteredAgent;
  let only: AgentServer;
  beforeAll(async () => {
    only = await startAgents({ AGENT_REGISTRATION: "registered" });
    worker = await only.register("worker");
    stranger = await only.register("stranger");
    lead = await only.register("lead", { mayDelegateTo: ["worker"] });
  });
  afterAll(() => only?.close());

  test("pulled or pushed, only the named ones get there", async () => {
    const token = tokenOf(await only.exchange(lead.credential()));
    const pulled = (agent: RegisteredAgent) => only.exchange({ ...agent.credential(), subject_token: token });
    const pushed = (id: string) =>
      only.exchange({ ...lead.credential(), subject_token: token, requested_actor: id });
    expect(chainOf(await pulled(worker))).toEqual(["worker", "lead"]);
    expect(chainOf(await pushed("worker"))).toEqual(["worker", "lead"]);
    expect(errorOf(await pulled(stranger))).toBe("400 invalid_request");
    expect(errorOf(await pushed("stranger"))).toBe("400 invalid_request");
    expect(errorOf(await pushed("nobody"))).toBe("400 invalid_request");
  });

  test("unset, it is nobody where agents are registered, and anybody in open", async () => {
    const token = tokenOf(await only.exchange(worker.credential()));
    const answer = await only.exchange({ ...stranger.credential(), subject_token: token });
    expect(errorOf(answer)).toBe("400 invalid_request");
    const free = await at.register("free");
    const held = tokenOf(await at.exchange(free.credential()));
    expect((await at.pull(held, "anybody")).status).toBe(200);
  });

  test("T10: each agent's own depth holds for every chain it stands in", async () => {
    await at.register("shallow", { depth: 1 });
    const first = await at.register("pair", { depth: 2 });
    const token = tokenOf(await at.exchange(first.credential()));
    const second = tokenOf(await at.pull(token, "x"));
    expect(errorOf(await at.pull(second, "y"))).toBe("400 invalid_request");
  });

  test("T10: a suspended agent's links break, whoever holds the end", async () => {
    const middle = await at.register("middle");
    const a = await at.issue({ client_id: "a" });
    const m = tokenOf(await at.exchange({ ...middle.credential(), subject_token: a }));
    const end = tokenOf(await at.pull(m, "end"));
    expect(await at.call(end)).toBe(200);
    await at.patch("middle", { status: "suspended" });
    expect(await at.call(end)).toBe(401);
    expect(errorOf(await at.exchange({ ...middle.credential(), subject_token: a }))).toBe(
      "401 invalid_client",
    );
    expect(await at.call(a)).toBe(200);
  });
});

describe("S02: actor tokens", () => {
  let agent: RegisteredAgent;
  const acting = (actor_token: string, fields: object = {}) =>
    at.exchange({ ...agent.credential(), actor_token, actor_token_type: JWT, ...fields });
  beforeAll(async () => {
    agent = await at.register("signer", { auth: "private_key_jwt" });
  });
  const own = (claims: object = {}, header: object = {}) =>
    agent.key === undefined ? "" : statement(at, "signer", agent.key, { claims, header });

  test("a fresh statement of the caller itself is accepted, once", async () => {
    const actor = own();
    expect(chainOf(await acting(actor))).toEqual(["signer"]);
    expect(errorOf(await acting(actor))).toBe("400 invalid_request");
  });

  test("its own chain is dropped: nothing is spliced", async () => {
    const act = { sub: "admin-agent", iss: at.url, act: { sub: "other", iss: at.url } };
    expect(chainOf(await acting(own({ act, anc: ["x"], root: "x", dlg: "x" })))).toEqual(["signer"]);
    const a = await at.issue({ client_id: "a" });
    const elsewhere = tokenOf(await at.exchange({ ...agent.credential(), subject_token: a }));
    const answer = await acting(elsewhere, { actor_token_type: ACCESS_TOKEN });
    expect([chainOf(answer), claimsOf(answer).anc]).toEqual([["signer"], []]);
  });

  test("of somebody else, for somebody else, too long, or old, it is refused", async () => {
    const iat = Math.floor(at.clock.now() / 1000);
    const refused = [
      own({ sub: "another" }),
      own({ iss: "another" }),
      own({ aud: "https://elsewhere.example" }),
      own({ aud: [at.url, "https://elsewhere.example"] }),
      own({ exp: iat + 120 }),
      own({ iat: iat - 600, exp: iat - 540 }),
      own({ jti: undefined }),
      own({}, { typ: "dpop+jwt" }),
      own({}, { typ: "at+jwt" }),
      signToken(at.key, { iss: "signer", sub: "signer", aud: at.url, jti: "1", exp: iat + 60 }),
      await at.issue({ client_id: "a" }),
    ];
    for (const actor of refused) expect(errorOf(await acting(actor))).toBe("400 invalid_request");
    expect(errorOf(await acting(own(), { actor_token_type: undefined }))).toBe("400 invalid_request");
    expect(errorOf(await at.exchange({ actor_token_type: JWT }))).toBe("400 invalid_request");
  });
});

describe("RFC 8693 §4.4: may_act in a user's token", () => {
  const subject = (may_act: unknown) => ({ subject_token: at.userToken({ may_act }) });

  test("lets the agent it names act, and nobody else", async () => {
    expect((await at.exchange({ client_id: "named", ...subject({ sub: "named" }) })).status).toBe(200);
    expect(
      (await at.exchange({ client_id: "named", ...subject({ sub: "named", iss: at.url }) })).status,
    ).toBe(200);
    for (const may_act of [
      { sub: "other" },
      { sub: "named", iss: "https://idp.example" },
      {},
      "named",
      null,
      [],
    ]) {
      const answer = await at.exchange({ client_id: "named", ...subject(may_act) });
      expect(errorOf(answer)).toBe("400 invalid_request");
    }
  });
});

describe("targets (RFC 8707)", () => {
  test("one that the agent's record names, or that of a registered agent, becomes the only audience", async () => {
    const keeper = await at.register("keeper", { audiences: ["https://mcp.example/files"] });
    await at.register("desk", {
      endpoint: { url: "https://desk.example/a2a", protocol: "a2a", resource: "https://desk.example/a2a" },
    });
    const files = await at.exchange({ ...keeper.credential(), resource: "https://mcp.example/files" });
    expect(claimsOf(files)["aud"]).toBe("https://mcp.example/files");
    expect(await at.call(tokenOf(files))).toBe(401);
    const desk = await at.exchange({ client_id: "a", resource: "https://desk.example/a2a" });
    expect(claimsOf(desk)["aud"]).toBe("https://desk.example/a2a");
    const both = { resource: ["https://desk.example/a2a", at.url] };
    for (const fields of [
      both,
      { resource: "https://mcp.example/files" },
      { audience: "files" },
      { resource: "x" },
    ]) {
      expect(errorOf(await at.exchange({ client_id: "a", ...fields }))).toBe("400 invalid_target");
    }
  });

  test("what rules others never travels, and an agent goes on as itself with the token made for it", async () => {
    const resource = "https://inbox.example/agent";
    const inbox = await at.register("inbox", { endpoint: { url: resource, protocol: "http", resource } });
    const admin = { client_id: "a", subject_token: at.userToken({ sub: "root" }), resource };
    expect(errorOf(await at.exchange({ ...admin, scope: "admin" }))).toBe("400 invalid_scope");
    const sent = await at.issue({ client_id: "a", resource, scope: "llm:read" });
    const onward = await at.exchange({ ...inbox.credential(), subject_token: sent });
    expect([chainOf(onward), claimsOf(onward)["aud"]]).toEqual([["inbox", "a"], at.url]);
    expect(errorOf(await at.pull(sent, "thief"))).toBe("400 invalid_request");
  });
});
