import { beforeEach, describe, expect, test } from "vitest";
import { manualClock } from "../../../../test/support/identity/manual-clock.ts";
import {
  agentClaims,
  type OwnKeys,
  ownKeys,
  PUBLIC_URL,
  signAgentToken,
} from "../../../../test/support/identity/own-keys.ts";
import { encode, makeKey, signature } from "../../../../test/support/identity/tokens.ts";
import { createOwnTokens, type OwnTokens } from "./own.ts";
import { parseJwt } from "./parse-jwt.ts";
import { createRevocations } from "./revocations.ts";

const clock = manualClock();
const NOW = clock.now();
const IAT = NOW / 1000;
const keys = ownKeys();
const revocations = createRevocations({ clock });

const tokensOf = (own: OwnKeys): OwnTokens =>
  createOwnTokens({ issuer: PUBLIC_URL, audience: PUBLIC_URL, keys: own, revocations });

let tokens: OwnTokens;
beforeEach(() => {
  tokens = tokensOf(keys);
});

async function verify(changes: object, header: object = {}, now = NOW): Promise<string> {
  const jwt = parseJwt(
    signAgentToken(keys.key, JSON.parse(JSON.stringify(agentClaims(NOW, changes))), header),
  );
  if (!jwt.ok) return jwt.reason;
  const verified = await tokens.verify(jwt.value, now);
  return verified.ok ? "accepted" : verified.reason;
}

async function reasonOf(token: string): Promise<string> {
  const jwt = parseJwt(token);
  if (!jwt.ok) return jwt.reason;
  const verified = await tokens.verify(jwt.value, NOW);
  return verified.ok ? "accepted" : verified.reason;
}

describe("an agent token of ours", () => {
  test("says who acts for whom, in which delegation", async () => {
    const jwt = parseJwt(
      signAgentToken(
        keys.key,
        agentClaims(NOW, {
          client_id: "coder",
          act: { sub: "coder", iss: PUBLIC_URL, act: { sub: "research-agent", iss: PUBLIC_URL } },
          dlg: "dlg-2",
          anc: ["dlg-1"],
          agent_auth: "private_key_jwt",
        }),
      ),
    );
    expect(jwt.ok).toBe(true);
    const verified = jwt.ok ? await tokens.verify(jwt.value, NOW) : jwt;
    expect(verified.ok && verified.value.principal).toMatchObject({
      kind: "agent",
      owner: { iss: "https://idp.test", sub: "alice", tenant: null },
      agent: "coder",
      agentAuth: "private_key_jwt",
      session: "session-1",
      delegation: "dlg-2",
      root: "dlg-1",
      ancestors: ["dlg-1"],
      audiences: [PUBLIC_URL],
      issuedAt: NOW,
      expiresAt: NOW + 300_000,
      act: { sub: "coder", act: { sub: "research-agent" } },
    });
  });

  test.each([
    ["a plain typ", {}, { typ: "JWT" }, "wrong_type"],
    ["no typ", {}, { typ: undefined }, "wrong_type"],
    ["the typ of an ID token", {}, { typ: "ID" }, "wrong_type"],
    ["no kid", {}, { kid: undefined }, "unknown_key"],
    ["the kid of nobody", {}, { kid: "../../etc/passwd" }, "unknown_key"],
    ["another alg than the key's", {}, { alg: "RS256" }, "unsupported_algorithm"],
    ["another issuer", { iss: "http://other.test" }, {}, "unknown_issuer"],
    ["another audience", { aud: `${PUBLIC_URL}/mcp/files` }, {}, "wrong_audience"],
    ["two audiences", { aud: [PUBLIC_URL, "x"] }, {}, "malformed"],
    ["a cnf that is no thumbprint", { cnf: { jkt: "x" } }, {}, "sender_constrained"],
    ["no exp", { exp: undefined }, {}, "missing_claim"],
    ["no iat", { iat: undefined }, {}, "malformed"],
    ["no jti", { jti: undefined }, {}, "malformed"],
    ["no act", { act: undefined }, {}, "malformed"],
    ["an act of another issuer", { act: { sub: "research-agent", iss: "http://x" } }, {}, "malformed"],
    ["an act that is not the client", { act: { sub: "other", iss: PUBLIC_URL } }, {}, "malformed"],
    [
      "a spliced chain",
      { act: { sub: "research-agent", iss: PUBLIC_URL, act: { sub: "x", iss: PUBLIC_URL } } },
      {},
      "malformed",
    ],
    ["an ancestor without its actor", { anc: ["dlg-0"], root: "dlg-0" }, {}, "malformed"],
    ["a root that is not the oldest", { root: "dlg-9" }, {}, "malformed"],
    [
      "a sub_id of another user",
      { sub_id: { format: "iss_sub", iss: "https://idp.test", sub: "bob" } },
      {},
      "malformed",
    ],
    ["a sub_id in another format", { sub_id: { format: "opaque", id: "alice" } }, {}, "malformed"],
    ["no agent_auth", { agent_auth: undefined }, {}, "malformed"],
    ["an agent_auth nobody knows", { agent_auth: "strong" }, {}, "malformed"],
    ["a scope that is a list", { scope: ["llm:read"] }, {}, "malformed"],
    ["a scope with two spaces", { scope: "llm:read  admin" }, {}, "malformed"],
    ["an identifier with a line break", { sid: "a\nb" }, {}, "malformed"],
  ])("is refused with %s", async (_name, changes, header, reason) => {
    expect(await verify(changes, header)).toBe(reason);
  });

  test("has a chain of eight at most", async () => {
    const chain = (depth: number): object => ({
      sub: "research-agent",
      iss: PUBLIC_URL,
      ...(depth > 1 ? { act: chain(depth - 1) } : {}),
    });
    const anc = (depth: number) =>
      Array.from({ length: depth - 1 }, (_, i) => (i === 0 ? "dlg-1" : `d-${i}`));
    expect(await verify({ act: chain(8), anc: anc(8) })).toBe("accepted");
    expect(await verify({ act: chain(9), anc: anc(9) })).toBe("malformed");
  });

  test("dies five seconds after exp", async () => {
    expect(await verify({ exp: IAT + 1 }, {}, NOW + 5_999)).toBe("accepted");
    expect(await verify({ exp: IAT + 1 }, {}, NOW + 6_000)).toBe("expired");
    expect(await verify({ iat: IAT + 5 })).toBe("accepted");
    expect(await verify({ iat: IAT + 6 })).toBe("not_yet_valid");
  });

  test("is refused once revoked, and once its key is withdrawn", async () => {
    const own = ownKeys();
    tokens = tokensOf(own);
    const token = signAgentToken(own.key, agentClaims(NOW, { dlg: "dead", root: "dead" }));
    expect(await reasonOf(token)).toBe("accepted");
    revocations.apply({ kind: "dlg", value: "dead", at: NOW, until: NOW + 1e6 });
    expect(await reasonOf(token)).toBe("revoked");
    own.withdraw();
    expect(await reasonOf(token)).toBe("unknown_key");
  });

  test("is refused when another key signed it, under our kid or its own", async () => {
    const forger = makeKey(keys.key.kid);
    expect(await reasonOf(signAgentToken(forger, agentClaims(NOW)))).toBe("bad_signature");
    expect(await reasonOf(signAgentToken(makeKey("k2"), agentClaims(NOW)))).toBe("unknown_key");
  });

  test("is refused when a byte of it changes, or the parts of two are put together", async () => {
    const [h, p, s] = signAgentToken(keys.key, agentClaims(NOW)).split(".");
    const admin = encode(JSON.stringify(agentClaims(NOW, { scope: "admin" })));
    expect(await reasonOf(`${h}.${admin}.${s}`)).toBe("bad_signature");
    const loose = encode(JSON.stringify({ alg: "ES256", kid: keys.key.kid, typ: "at+jwt", x: 1 }));
    expect(await reasonOf(`${loose}.${p}.${s}`)).toBe("bad_signature");
  });

  test("is refused with a signature in DER, of zeros, or cut short", async () => {
    const input = signAgentToken(keys.key, agentClaims(NOW)).split(".").slice(0, 2).join(".");
    const whole = signature(keys.key, input);
    for (const bytes of [Buffer.alloc(64), whole.subarray(0, 63), Buffer.concat([whole, Buffer.alloc(1)])]) {
      expect(await reasonOf(`${input}.${bytes.toString("base64url")}`)).toBe("bad_signature");
    }
  });
});

const JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

describe("S07: identifying a token by its signature", () => {
  const identify = async (token: string) => {
    const jwt = parseJwt(token);
    return jwt.ok ? tokens.identify(jwt.value) : jwt;
  };

  test("expired, revoked, bound and foreign-audience tokens of ours still say whose they are", async () => {
    revocations.apply({ kind: "dlg", value: "gone", at: NOW, until: NOW + 1e6 });
    const changes = {
      exp: IAT - 1000,
      iat: IAT - 2000,
      dlg: "gone",
      root: "gone",
      aud: "x",
      cnf: { jkt: JKT },
    };
    expect(await identify(signAgentToken(keys.key, agentClaims(NOW, changes)))).toMatchObject({
      ok: true,
      value: { agent: "research-agent", delegation: "gone", jkt: JKT },
    });
  });

  test("a forged token with a live delegation identifies nobody", async () => {
    const forged = signAgentToken(makeKey(keys.key.kid), agentClaims(NOW));
    expect(await identify(forged)).toEqual({ ok: false, reason: "bad_signature" });
  });
});
