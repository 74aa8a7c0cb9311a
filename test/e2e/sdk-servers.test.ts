import { AttachClient, type VerifyOptions, verifyAgentToken } from "@attach-dev/sdk";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Management, startManagement } from "../support/management.ts";

/** The receiving side: an agent server that checks who calls, and goes on as itself. */
const RESOURCE = "https://coder.example/a2a";
const READ = { scopes: ["llm:read"] };

let at: Management;
let secret: string;
let researchSecret: string;
let options: VerifyOptions;
beforeAll(async () => {
  at = await startManagement();
  const endpoint = { url: "https://coder.example/a2a", protocol: "http", resource: RESOURCE };
  secret = (await at.register("coder", { auth: "client_secret_basic", endpoint })).body["secret"] as string;
  const research = await at.register("research-agent", {
    auth: "client_secret_basic",
    mayDelegateTo: ["coder", "helper"],
  });
  researchSecret = research.body["secret"] as string;
});
afterAll(() => at?.close());
beforeEach(() => {
  const now = at.gateway.clock.now;
  options = { issuer: at.url, audience: RESOURCE, now };
});

const timing = () => ({ now: at.gateway.clock.now, random: () => 0.5 });
const client = () => new AttachClient(at.userToken("alice"), { gatewayUrl: at.url, timing: timing() });
const research = (more: object = {}) =>
  client().agent("research-agent", { ...READ, credential: { secret: researchSecret }, ...more });
const asAgent = (token: string, more: Parameters<typeof AttachClient.asAgent>[1] = {}) =>
  AttachClient.asAgent(token, { gatewayUrl: at.url, timing: timing(), ...more });
const bearer = (token: string) => new Headers({ authorization: `Bearer ${token}` });

async function status(agent: { readonly fetch: typeof fetch }): Promise<number> {
  const response = await agent.fetch("/api/tags");
  await response.body?.cancel();
  return response.status;
}

describe("verifyAgentToken()", () => {
  test("T04: says who calls, for whom, by which chain, from a request, its headers or the token", async () => {
    const helper = research({ scopes: ["llm:read", "memory:read"] }).delegate("helper", {
      ...READ,
      resource: RESOURCE,
    });
    const token = await helper.token();
    const claims = decodeJwt(token);
    const request = new Request("https://coder.example/a2a", { headers: bearer(token) });
    for (const shown of [request, request.headers, token]) {
      expect(await verifyAgentToken(shown, options)).toEqual({
        user: { iss: at.issuer, sub: "alice" },
        agent: "helper",
        chain: ["helper", "research-agent"],
        scopes: ["llm:read"],
        session: claims["sid"],
        delegation: claims["dlg"],
        jti: claims.jti,
        expiresAt: new Date((claims.exp ?? 0) * 1000),
      });
    }
    expect(await verifyAgentToken(token, { ...options, scopes: ["llm:read"] })).toBeDefined();
    await expect(verifyAgentToken(token, { ...options, scopes: ["memory:read"] })).rejects.toMatchObject({
      code: "insufficient_scope",
    });
  });

  test("refuses a token for another audience, of a user, and one that has ended", async () => {
    const token = await research({ resource: RESOURCE }).token();
    const refused = { code: "invalid_token" };
    await expect(verifyAgentToken(await research().token(), options)).rejects.toMatchObject(refused);
    await expect(verifyAgentToken(at.userToken("alice"), options)).rejects.toMatchObject(refused);
    at.gateway.clock.advance(306_000);
    await expect(verifyAgentToken(token, options)).rejects.toThrow(/expired/);
  });

  test("T08: a bound token counts with its proof for this very request, once, and never without", async () => {
    const sent: Request[] = [];
    const agent = new AttachClient(at.userToken("alice"), {
      gatewayUrl: at.url,
      timing: timing(),
      fetch: (input, init) => {
        sent.push(new Request(input, init));
        return fetch(input, init);
      },
    }).agent("bound-agent", { ...READ, dpop: true });
    await status(agent);
    const request = sent.at(-1);
    if (request === undefined) throw new Error("nothing was sent");
    const here = { ...options, audience: at.url };
    expect((await verifyAgentToken(request, here)).agent).toBe("bound-agent");
    await expect(verifyAgentToken(request, here), "a second time").rejects.toMatchObject({
      code: "invalid_dpop_proof",
    });
    await status(agent);
    const fresh = sent.at(-1) ?? request;
    const elsewhere = { ...here, url: "https://elsewhere.example/api/tags" };
    await expect(verifyAgentToken(fresh, elsewhere)).rejects.toMatchObject({ code: "invalid_dpop_proof" });
    const posted = new Request(fresh.url, { method: "POST", headers: fresh.headers });
    await expect(verifyAgentToken(posted, here)).rejects.toMatchObject({ code: "invalid_dpop_proof" });
    await expect(verifyAgentToken(fresh.headers, here)).rejects.toThrow(/whole request/);
    await expect(verifyAgentToken(await agent.token(), here)).rejects.toThrow(/whole request/);
    const plain = new Request(fresh.url, { headers: bearer(await agent.token()) });
    await expect(verifyAgentToken(plain, here)).rejects.toThrow(/bound to a key/);
    expect((await verifyAgentToken(fresh, here)).agent, "none of these used the proof up").toBe(
      "bound-agent",
    );
  });

  test("T09: takes a token by a key that came with a rotation", async () => {
    const rotating = await startManagement({ KEY_ROTATION: "1d", TOKEN_ALG: "RS256" });
    const now = rotating.gateway.clock.now;
    const check = async () => {
      const token = (await rotating.exchange()).body["access_token"] as string;
      await verifyAgentToken(token, { issuer: rotating.url, audience: rotating.url, now });
      return token.split(".")[0];
    };
    const first = await check();
    rotating.gateway.clock.advance(86_400_000);
    await new Promise((wake) => setTimeout(wake, 1_500));
    rotating.gateway.clock.advance(400_000);
    await expect.poll(check, { timeout: 10_000, interval: 200 }).not.toBe(first);
    await rotating.close();
  }, 30_000);
});

describe("AttachClient.asAgent()", () => {
  test("goes on with a token that is its own, and says so when that has ended", async () => {
    const token = await client().agent("server", READ).token();
    const incoming = asAgent(token);
    expect(incoming.id).toBe("server");
    expect(await incoming.token()).toBe(token);
    expect(await status(incoming)).toBe(200);
    const helper = incoming.delegate("helper", READ);
    expect(decodeJwt(await helper.token())["act"]).toMatchObject({ sub: "helper", act: { sub: "server" } });
    at.gateway.clock.advance(301_000);
    await expect(incoming.token()).rejects.toMatchObject({ code: "token_expired" });
    await expect(incoming.fetch("/api/tags")).rejects.toMatchObject({ code: "token_expired" });
  });

  test("T07: one that can prove itself renews the delegation it was handed, and is not cut off", async () => {
    const token = await research().token();
    const incoming = asAgent(token, { credential: { secret: researchSecret } });
    const seen: string[] = [];
    incoming.on("renewed", ({ agentId }) => seen.push(agentId));
    at.gateway.clock.advance(250_000);
    expect(await status(incoming)).toBe(200);
    await expect.poll(() => seen).toEqual(["research-agent"]);
    at.gateway.clock.advance(200_000);
    expect(await status(incoming)).toBe(200);
    expect(decodeJwt(await incoming.token())["dlg"]).toBe(decodeJwt(token)["dlg"]);
    await incoming.revoke();
    await expect(incoming.token()).rejects.toMatchObject({ code: "agent_revoked" });
  });

  test("A04: acts on behalf of the agent that calls it, by a token that is for this server alone", async () => {
    const token = await research({ resource: RESOURCE }).token();
    expect(await at.gateway.call(token), "not for the gateway").toBe(401);
    expect((await verifyAgentToken(bearer(token), options)).agent).toBe("research-agent");
    const incoming = asAgent(token, { agentId: "coder", credential: { secret } });
    expect(await status(incoming)).toBe(200);
    expect(decodeJwt(await incoming.token())["act"]).toMatchObject({
      sub: "coder",
      act: { sub: "research-agent" },
    });
  });

  test("S02: turns a token that was handed on to it into one for the gateway, in the same delegation", async () => {
    const handed = await at.exchange({
      client_id: "research-agent",
      client_secret: researchSecret,
      subject_token: await research().token(),
      requested_actor: "coder",
      resource: RESOURCE,
      scope: "llm:read",
    });
    const token = handed.body["access_token"] as string;
    const incoming = asAgent(token, { credential: { secret } });
    expect(incoming.id).toBe("coder");
    expect(await status(incoming)).toBe(200);
    const [before, after] = [token, await incoming.token()].map((text) => decodeJwt(text));
    expect(after?.aud).toBe(at.url);
    expect(after?.["dlg"]).toBe(before?.["dlg"]);
  });

  test("T08: goes on with a token that is bound to a key of its own, and renews it by that", async () => {
    const dpop = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
      "sign",
      "verify",
    ]);
    const token = await client()
      .agent("bound-agent", { ...READ, dpop })
      .token();
    const incoming = asAgent(token, { dpop });
    expect(await status(incoming)).toBe(200);
    at.gateway.clock.advance(250_000);
    await incoming.token();
    await expect.poll(() => incoming.token()).not.toBe(token);
    expect(await status(incoming)).toBe(200);
    const stranger = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
      "sign",
      "verify",
    ]);
    expect(await status(asAgent(await incoming.token(), { dpop: stranger }))).toBe(401);
  });

  test("takes no token that it could not use", async () => {
    const bound = await client()
      .agent("bound-agent", { ...READ, dpop: true })
      .token();
    expect(() => asAgent(bound)).toThrow(/bound to a key/);
    expect(() => asAgent("not.a.token")).toThrow(/not an agent token/);
  });
});
