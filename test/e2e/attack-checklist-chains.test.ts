import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type AgentServer,
  chainOf,
  claimsOf,
  errorOf,
  JWT,
  startAgents,
  statement,
  tokenOf,
} from "../support/agents.ts";
import { ACCESS_TOKEN, type Fields, startAuthority } from "../support/authority.ts";
import { makeProof, thumbprint, tokenHash } from "../support/identity/proofs.ts";
import { makeKey, signToken, type TestKey } from "../support/identity/tokens.ts";

/** The attacks that are known on chains of delegation and on binding, on the running gateway. */
let at: AgentServer;
beforeAll(async () => {
  at = await startAgents();
});
afterAll(() => at?.close());

describe("scope widening through chains", () => {
  test("no way of asking gives a child more than its parent had", async () => {
    const a = await at.issue({ client_id: "a", scope: "llm:read a2a:send" });
    const held = ["llm:read", "a2a:send"];
    for (const scope of [
      "memory:write",
      "llm:read admin",
      "chat:run",
      "engine:any",
      "llm:admin",
      "mcp:*:*",
    ]) {
      expect(errorOf(await at.pull(a, "b", { scope }))).toBe("400 invalid_scope");
    }
    for (const fields of [
      {},
      { scope: "" },
      { scope: undefined },
      { requested_token_type: JWT },
    ] as Fields[]) {
      const b = await at.pull(a, "b", fields);
      expect(held).toEqual(expect.arrayContaining(claimsOf(b).scope.split(" ")));
    }
  });

  test("nor does renewing, by anybody: a delegation never grows past what it began with", async () => {
    const a = await at.issue({ client_id: "a", scope: "llm:read" });
    const delegation = claimsOf(a).dlg;
    const wider = { client_id: "a", delegation, scope: "llm:read memory:write" };
    expect(errorOf(await at.exchange(wider))).toBe("400 invalid_scope");
    expect(claimsOf(await at.exchange({ client_id: "a", delegation })).scope).toBe("llm:read");
  });

  test("nor does the child's child reach over its head to the user's scopes", async () => {
    const a = await at.issue({ client_id: "a", scope: "llm:read memory:read" });
    const b = tokenOf(await at.pull(a, "b", { scope: "llm:read" }));
    expect(errorOf(await at.pull(b, "c", { scope: "memory:read" }))).toBe("400 invalid_scope");
    const sideways = { client_id: "b", delegation: claimsOf(b).dlg, scope: "memory:read" };
    expect(errorOf(await at.exchange({ ...sideways, subject_token: a }))).toBe("400 invalid_scope");
  });

  test("lenient narrows; it does not widen either", async () => {
    const lenient = await startAgents({ SCOPE_MODE: "lenient" });
    const a = await lenient.issue({ client_id: "a", scope: "llm:read" });
    const b = await lenient.pull(a, "b", { scope: "llm:read memory:write admin" });
    expect([b.body["scope"], claimsOf(b).scope]).toEqual(["llm:read", "llm:read"]);
    await lenient.close();
  });
});

describe("chain splicing", () => {
  const splice = {
    act: { sub: "trusted", iss: "http://idp.example" },
    anc: ["d"],
    root: "d",
    dlg: "d",
    sid: "s",
    agent_auth: "private_key_jwt",
  };

  test("what an identity provider's token says of actors counts for nothing (S04)", async () => {
    const spliced = at.userToken({ ...splice, client_id: "trusted" });
    const token = tokenOf(await at.exchange({ client_id: "a", subject_token: spliced }));
    expect(chainOf(token)).toEqual(["a"]);
    expect(claimsOf(token)).toMatchObject({ anc: [], agent_auth: "none" });
    expect(claimsOf(token).root).not.toBe("d");
  });

  test("an agent token whose chain was altered is not ours any more", async () => {
    const token = await at.issue({ client_id: "a" });
    const [header = "", payload = "", signature = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    for (const changes of [
      { act: { ...claims.act, act: claims.act } },
      splice,
      { sub: "root" },
      { anc: ["x"] },
    ]) {
      const altered = Buffer.from(JSON.stringify({ ...claims, ...changes })).toString("base64url");
      expect(await at.call(`${header}.${altered}.${signature}`)).toBe(401);
    }
  });

  test("an identity provider that names itself by our address signs nothing of ours", async () => {
    const claims = claimsOf(await at.issue({ client_id: "a" }));
    expect(await at.call(signToken(at.key, claims, { typ: "at+jwt" }))).toBe(401);
  });

  test("the actor token's own chain is dropped, and so is what its owner may do", async () => {
    const agent = await at.register("splicer", { auth: "private_key_jwt" });
    const rich = await at.issue({ client_id: "x", scope: "llm:read memory:write" });
    const actor_token = tokenOf(await at.exchange({ ...agent.credential(), subject_token: rich }));
    const poor = await at.issue({ client_id: "y", scope: "llm:read" });
    const acted = await at.exchange({
      ...agent.credential(),
      subject_token: poor,
      actor_token,
      actor_token_type: ACCESS_TOKEN,
    });
    expect(chainOf(acted)).toEqual(["splicer", "y"]);
    expect(claimsOf(acted).scope).toBe("llm:read");
    const stated = statement(at, agent.id, agent.key as TestKey, { claims: splice });
    const again = { ...agent.credential(), subject_token: poor, actor_token: stated, actor_token_type: JWT };
    expect(chainOf(await at.exchange(again))).toEqual(["splicer", "y"]);
  });
});

test("cycles: no agent stands in a chain twice, pulled, pushed or renewed", async () => {
  const a = await at.issue({ client_id: "a" });
  const b = tokenOf(await at.pull(a, "b"));
  const c = tokenOf(await at.pull(b, "c"));
  const attempts = [
    await at.pull(a, "a"),
    await at.pull(b, "a"),
    await at.pull(c, "a"),
    await at.pull(b, "b", { requested_actor: "a" }),
    await at.exchange({ client_id: "a", subject_token: b, delegation: claimsOf(b).dlg }),
    await at.exchange({ client_id: "b", subject_token: c, delegation: claimsOf(b).dlg }),
  ];
  for (const attempt of attempts) expect(errorOf(attempt)).toMatch(/^400 invalid_(request|grant)$/);
});

test("a child never outlives its parent, nor the first token the user's own", async () => {
  const exp = Math.floor(at.clock.now() / 1000) + 90;
  const short = at.userToken({ exp });
  const a = await at.issue({ client_id: "a", subject_token: short, ttl: "3600" });
  const b = tokenOf(await at.pull(a, "b", { ttl: "3600" }));
  const c = tokenOf(await at.pull(b, "c"));
  for (const token of [a, b, c]) expect(claimsOf(token).exp).toBeLessThanOrEqual(exp);
  const renewal = { client_id: "b", subject_token: a, delegation: claimsOf(b).dlg, ttl: "3600" };
  expect(claimsOf(await at.exchange(renewal)).exp).toBeLessThanOrEqual(exp);
});

describe("a revoked ancestor", () => {
  const revoke = (token: string, client_id: string) =>
    at.post("/oauth/revoke", new URLSearchParams({ token, client_id }));

  test("leaves nothing below it: no call, no child, no renewal", async () => {
    const a = await at.issue({ client_id: "a" });
    const b = tokenOf(await at.pull(a, "b"));
    const c = tokenOf(await at.pull(b, "c"));
    await revoke(a, "a");
    for (const token of [a, b, c]) expect(await at.call(token)).toBe(401);
    const attempts = [
      await at.pull(b, "d"),
      await at.pull(c, "d"),
      await at.exchange({ client_id: "b", delegation: claimsOf(b).dlg }),
      await at.exchange({ client_id: "c", delegation: claimsOf(c).dlg, subject_token: b }),
    ];
    for (const attempt of attempts) expect(errorOf(attempt)).toMatch(/^400 invalid_(request|grant)$/);
  });

  test("racing an exchange: no child is good once the revocation has been answered", async () => {
    for (let round = 0; round < 5; round++) {
      const a = await at.issue({ client_id: "a" });
      const pulls = Array.from({ length: 8 }, (_, i) => at.pull(a, `child-${i}`));
      const [, ...answers] = await Promise.all([revoke(a, "a"), ...pulls]);
      const children = answers.filter(({ status }) => status === 200).map(tokenOf);
      for (const child of children) expect(await at.call(child)).toBe(401);
    }
  });

  test("S07: a forged token with the id of a live delegation kills nothing", async () => {
    const a = await at.issue({ client_id: "a" });
    const forged = signToken(makeKey("forger"), claimsOf(a), { typ: "at+jwt" });
    expect((await revoke(forged, "a")).status).toBe(200);
    expect(await at.call(a)).toBe(200);
  });
});

test("mid-flight rotation: of our own key, nothing that was issued is lost, and no key answers for another", async () => {
  const server = await startAgents({ KEY_ROTATION: "1h" });
  const published = async () => {
    const { keys } = (await (await fetch(`${server.url}/.well-known/jwks.json`)).json()) as {
      keys: object[];
    };
    return keys.length;
  };
  const kidOf = (token: string) => decodeProtectedHeader(token).kid;
  server.clock.advance(55 * 60_000);
  await vi.waitFor(async () => expect(await published()).toBe(2), { timeout: 8_000 });
  const old = await server.issue({ client_id: "a", ttl: "3600" });

  server.clock.advance(6 * 60_000);
  const issued: string[] = [];
  await vi.waitFor(
    async () => {
      issued.push(await server.issue({ client_id: "a" }));
      expect(kidOf(issued.at(-1) ?? "")).not.toBe(kidOf(old));
    },
    { timeout: 8_000 },
  );
  const young = issued.at(-1) ?? "";
  for (const token of [old, ...issued]) expect(await server.call(token)).toBe(200);
  const child = tokenOf(await server.pull(old, "b"));
  expect([kidOf(child), await server.call(child)]).toEqual([kidOf(young), 200]);

  const [, payload, signature] = old.split(".");
  expect(await server.call(`${young.split(".")[0]}.${payload}.${signature}`)).toBe(401);
  await server.close();
});

test("mid-flight rotation: what an identity provider's withdrawn key has signed is refused, remembered or not", async () => {
  const server = await startAuthority();
  const [before, after] = [server.key, makeKey("idp-2", "RS256")];
  const old = server.userToken();
  expect(await server.call(old)).toBe(200);

  server.issuer.keys = [before.jwk, after.jwk];
  const iat = Math.floor(server.clock.now() / 1000);
  const claims = { iss: server.issuer.issuer, sub: "alice", aud: server.url, iat, exp: iat + 3600 };
  const young = signToken(after, claims);
  expect([await server.call(young), await server.call(old)]).toEqual([200, 200]);

  server.issuer.keys = [after.jwk];
  server.clock.advance(5 * 60_000);
  await vi.waitFor(async () => expect(await server.call(old)).toBe(401), { timeout: 5_000 });
  expect((await server.exchange({ subject_token: old })).status).toBe(400);
  expect(await server.call(young)).toBe(200);
  await server.close();
});

describe("S03: binding is never lost on the way", () => {
  const holder = makeKey("holder");
  const thief = makeKey("thief");
  const seconds = () => Math.floor(at.clock.now() / 1000);
  const proof = (key: TestKey, claims: object = {}) => ({
    dpop: makeProof(key, { htm: "POST", htu: `${at.url}/oauth/token`, iat: seconds(), ...claims }),
  });
  const bound = async (fields: Fields = {}) => tokenOf(await at.exchange(fields, proof(holder)));
  const jktOf = (token: string) => claimsOf(token)["cnf"];

  test("a bound subject makes nothing without its key: no child, no renewal, no actor", async () => {
    const a = await bound({ client_id: "a" });
    const idp = at.userToken({ cnf: { jkt: thumbprint(holder) } });
    const own = { delegation: claimsOf(a).dlg };
    const asActor = { client_id: "a", actor_token: a, actor_token_type: ACCESS_TOKEN };
    for (const fields of [
      { subject_token: a, client_id: "b" },
      { subject_token: a, client_id: "a", ...own },
      { subject_token: a, client_id: "a", requested_actor: "b" },
      { subject_token: idp, client_id: "a" },
      asActor,
    ]) {
      expect((await at.exchange(fields)).status).toBe(400);
      expect((await at.exchange(fields, proof(thief))).status).toBe(400);
    }
  });

  test("its children are always bound, and no field of the form undoes it", async () => {
    const a = await bound({ client_id: "a" });
    for (const fields of [
      {},
      { dpop_jkt: "" },
      { token_type: "Bearer" },
      { requested_token_type: JWT },
    ] as Fields[]) {
      const child = await at.exchange({ subject_token: a, client_id: "b", ...fields }, proof(holder));
      expect(child.body["token_type"]).toBe("DPoP");
      expect(jktOf(tokenOf(child))).toEqual({ jkt: thumbprint(holder) });
      expect(await at.call(tokenOf(child))).toBe(401);
    }
    const named = await at.exchange(
      { subject_token: a, client_id: "a", requested_actor: "b", dpop_jkt: thumbprint(thief) },
      proof(holder),
    );
    expect(jktOf(tokenOf(named))).toEqual({ jkt: thumbprint(thief) });
  });

  test("renewed by its own key it stays bound to it", async () => {
    const a = await bound({ client_id: "a" });
    const renewal = { subject_token: a, client_id: "a", delegation: claimsOf(a).dlg };
    const renewed = tokenOf(await at.exchange(renewal, proof(holder)));
    expect(jktOf(renewed)).toEqual({ jkt: thumbprint(holder) });
    expect(claimsOf(renewed).dlg).toBe(claimsOf(a).dlg);
  });

  test("a proof made for another subject is of no use (ath)", async () => {
    const [a, other] = [await bound({ client_id: "a" }), await bound({ client_id: "x" })];
    const with_ath = (token: string) => proof(holder, { ath: tokenHash(token) });
    const pull = { subject_token: a, client_id: "b" };
    expect(errorOf(await at.exchange(pull, with_ath(other)))).toBe("400 invalid_dpop_proof");
    expect((await at.exchange(pull, with_ath(a))).status).toBe(200);
  });

  test("a proof that is not used, because the request was refused, is still used once at most", async () => {
    const once = proof(holder);
    expect(errorOf(await at.exchange({ scope: "admin" }, once))).toBe("400 invalid_scope");
    const answers = await Promise.all([at.exchange({}, once), at.exchange({}, once)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });
});
