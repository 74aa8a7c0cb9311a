import { AttachClient, type AttachClientOptions, type AttachEvents } from "@attach-dev/sdk";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Management, startManagement } from "../support/management.ts";

/** The SDK's agents against the whole gateway, whose clock the tests move. */
const READ = { scopes: ["llm:read"] };
let plain: Management;
let nonced: Management;
beforeAll(async () => {
  [plain, nonced] = await Promise.all([startManagement(), startManagement({ DPOP_NONCE: "required" })]);
});
afterAll(() => Promise.all([plain?.close(), nonced?.close()]));

type User = ConstructorParameters<typeof AttachClient>[0];

/** What the client sends is kept, and what it tells. */
function connect(at: Management, user: User = at.userToken("alice"), options: AttachClientOptions = {}) {
  const sent: Request[] = [];
  const timing = { now: at.gateway.clock.now, random: () => 0.5 };
  const attach = new AttachClient(user, {
    gatewayUrl: at.url,
    timing,
    fetch: (input, init) => {
      sent.push(new Request(input, init));
      return fetch(input, init);
    },
    ...options,
  });
  const events: AttachEvents[keyof AttachEvents][] = [];
  for (const name of ["issued", "renewed", "revoked", "refused"] as const)
    attach.on(name, (e) => events.push(e));
  return { attach, events, sent, seen: () => events.map(({ type, agentId }) => `${type} ${agentId}`) };
}

async function status(agent: { readonly fetch: typeof fetch }): Promise<number> {
  const response = await agent.fetch("/api/tags");
  await response.body?.cancel();
  return response.status;
}

function chainOf(token: string): readonly string[] {
  const chain: string[] = [];
  type Act = { sub: string; act?: Act };
  for (let act = decodeJwt(token)["act"] as Act | undefined; act !== undefined; act = act.act)
    chain.push(act.sub);
  return chain;
}

describe("T04: agent.delegate()", () => {
  test("T04: gives a helper whose chain names who it acts for, at any depth, narrower at each", async () => {
    const { attach, seen } = connect(plain);
    const agent = attach.agent("research-agent", { scopes: ["llm:read", "memory:read"] });
    const helper = agent.delegate("coder", READ);
    const third = helper.delegate("tester", READ);
    expect(chainOf(await third.token())).toEqual(["tester", "coder", "research-agent"]);
    expect(decodeJwt(await helper.token())).toMatchObject({
      client_id: "coder",
      scope: "llm:read",
      sub: "alice",
    });
    expect(await Promise.all([agent, helper, third].map(status))).toEqual([200, 200, 200]);
    expect(seen()).toEqual(["issued research-agent", "issued coder", "issued tester"]);
    expect(() => helper.delegate("x", { scopes: ["memory:read"] })).toThrow(/what it has not: memory:read/);
    const [, parent] = [await helper.token(), decodeJwt(await agent.token())];
    expect(decodeJwt(await helper.token())["anc"]).toEqual([parent["dlg"]]);
    expect(decodeJwt(await helper.token()).exp).toBeLessThanOrEqual(parent.exp ?? 0);
    const tooDeep = third.delegate("fourth", READ);
    await expect(tooDeep.token()).rejects.toMatchObject({ status: 400 });
  });

  test("T07: a helper is renewed within its own delegation, by the fresh token of whom it acts for", async () => {
    const { attach, seen } = connect(plain);
    const helper = attach.agent("research-agent", READ).delegate("coder", READ);
    const before = decodeJwt(await helper.token());
    plain.gateway.clock.advance(400_000);
    const after = decodeJwt(await helper.token());
    expect(after["dlg"]).toBe(before["dlg"]);
    expect(after.jti).not.toBe(before.jti);
    expect(after.exp).toBeGreaterThan((before.exp ?? 0) + 200);
    expect(seen().slice(2)).toEqual(["renewed research-agent", "renewed coder"]);
  });

  test("T05: revoking an agent ends its helpers, here before anything is sent, and at the gateway", async () => {
    const { attach, sent } = connect(plain);
    const agent = attach.agent("research-agent", READ);
    const helper = agent.delegate("coder", READ).delegate("tester", READ);
    const token = await helper.token();
    await agent.revoke();
    sent.length = 0;
    await expect(helper.fetch("/api/tags")).rejects.toMatchObject({ code: "agent_revoked" });
    await expect(helper.token()).rejects.toMatchObject({ code: "agent_revoked" });
    expect(sent).toEqual([]);
    expect(await plain.gateway.call(token)).toBe(401);
  });

  test("a helper that is revoked leaves the agent as it was", async () => {
    const agent = connect(plain).attach.agent("research-agent", READ);
    const helper = agent.delegate("coder", READ);
    await helper.token();
    await helper.revoke();
    await expect(helper.token()).rejects.toMatchObject({ code: "agent_revoked" });
    expect(await status(agent)).toBe(200);
  });
});

describe.each([
  ["without nonces", () => plain],
  ["where every proof must carry a nonce", () => nonced],
])("T08: { dpop: true } %s", (_name, pick) => {
  let at: Management;
  beforeEach(() => {
    at = pick();
  });

  test("T08: the token is bound, opens routes by its proof, and is worth nothing to a thief", async () => {
    const { attach, sent } = connect(at);
    const agent = attach.agent("bound-agent", { ...READ, dpop: true });
    expect(await status(agent)).toBe(200);
    expect(await status(agent)).toBe(200);
    const token = await agent.token();
    expect(decodeJwt(token)["cnf"]).toEqual({ jkt: expect.stringMatching(/^[\w-]{43}$/) });
    expect(await at.gateway.call(token), "as a plain bearer").toBe(401);
    const [authorization, proof] = ["authorization", "dpop"].map(
      (name) => sent.at(-1)?.headers.get(name) ?? "",
    );
    const replayed = await fetch(`${at.url}/api/tags`, {
      headers: { authorization: authorization ?? "", dpop: proof ?? "" },
    });
    await replayed.body?.cancel();
    expect(replayed.status, "a proof that was used").toBe(401);
    const proofs = sent.map(({ headers }) => headers.get("dpop")).filter((text) => text !== null);
    expect(new Set(proofs).size, "each request has a proof of its own").toBe(proofs.length);
  });

  test("T08: a body that can be sent again is, when the nonce was missing; nothing is refused to the caller", async () => {
    const { attach, seen } = connect(at);
    const agent = attach.agent("bound-agent", { ...READ, dpop: true });
    const body = JSON.stringify({ model: "llama3.2", messages: [], stream: false });
    await agent.token();
    // The nonce of the token's answer is over by then, and the token is not.
    at.gateway.clock.advance(200_000);
    const response = await agent.fetch("/api/chat", { method: "POST", body });
    await response.body?.cancel();
    expect(response.status).toBe(200);
    expect(seen()).toEqual(["issued bound-agent"]);
  });

  test("T07: goes on by its own key when the user's token has run out", async () => {
    const { attach, seen } = connect(
      at,
      at.gateway.userToken({ sub: "alice", exp: at.gateway.clock.now() / 1000 + 600 }),
    );
    const agent = attach.agent("bound-agent", { ...READ, dpop: true, ttl: 300 });
    const { dlg } = decodeJwt(await agent.token());
    for (let times = 0; times < 6; times++) {
      at.gateway.clock.advance(250_000);
      // Due: this call renews in the background, the next one has the new token.
      await agent.token();
      await expect.poll(() => seen().length).toBe(times + 2);
    }
    expect(decodeJwt(await agent.token())["dlg"]).toBe(dlg);
    expect(await status(agent)).toBe(200);
    expect(new Set(seen().slice(1))).toEqual(new Set(["renewed bound-agent"]));
  });

  test("S03: a helper of a bound agent is bound, too, whatever it asks for", async () => {
    const agent = connect(at).attach.agent("bound-agent", { ...READ, dpop: true });
    const helper = agent.delegate("coder", READ);
    const [above, below] = [await agent.token(), await helper.token()].map(
      (token) => decodeJwt(token)["cnf"],
    );
    expect(below).toEqual(above);
    expect(await status(helper)).toBe(200);
    await helper.revoke();
    expect(await status(agent)).toBe(200);
  });
});

test("T08: a helper may be bound though the agent is not", async () => {
  const helper = connect(plain)
    .attach.agent("research-agent", READ)
    .delegate("coder", { ...READ, dpop: true });
  expect(decodeJwt(await helper.token())["cnf"]).toBeDefined();
  expect(await status(helper)).toBe(200);
});

describe("T10: a registered agent proves itself", () => {
  test("S01: by a secret, for its tokens, its renewals and its revocation; and not by another", async () => {
    const made = await plain.register("secret-agent", { auth: "client_secret_basic" });
    const secret = made.body["secret"] as string;
    const { attach } = connect(plain);
    const agent = attach.agent("secret-agent", { ...READ, credential: { secret } });
    expect(decodeJwt(await agent.token())["agent_auth"]).toBe("client_secret_basic");
    const direct = await attach.getAgentToken({ agentId: "secret-agent", ...READ, credential: { secret } });
    expect(decodeJwt(direct)["agent_auth"]).toBe("client_secret_basic");
    await agent.revoke();
    for (const credential of [undefined, { secret: "another" }]) {
      await expect(attach.agent("secret-agent", { ...READ, credential }).token()).rejects.toMatchObject({
        code: "invalid_client",
        status: 401,
      });
    }
  });

  test("S01: by a private key that it cannot export, and goes on by itself when the user's token has run out", async () => {
    const { publicKey, privateKey } = await crypto.subtle.generateKey(
      { name: "ECDSA", namedCurve: "P-256" },
      false,
      ["sign", "verify"],
    );
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
    const jwks = { keys: [{ kty, crv, x, y, kid: "k1", alg: "ES256", use: "sig" }] };
    const made = await plain.register("key-agent", { auth: "private_key_jwt", jwks });
    expect(made.status).toBe(201);
    const user = plain.gateway.userToken({ sub: "alice", exp: plain.gateway.clock.now() / 1000 + 60 });
    const { attach, seen } = connect(plain, user);
    const agent = attach.agent("key-agent", { ...READ, credential: { privateKey, kid: "k1" } });
    expect(decodeJwt(await agent.token())["agent_auth"]).toBe("private_key_jwt");
    plain.gateway.clock.advance(50_000);
    await agent.token();
    await expect.poll(seen).toEqual(["issued key-agent", "renewed key-agent"]);
    plain.gateway.clock.advance(100_000);
    expect(await status(agent)).toBe(200);
    await agent.revoke();
  });
});
