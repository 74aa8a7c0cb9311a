import { DEV_CLIENT_ID, type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { AttachClient, userSession } from "@attach-dev/sdk";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

/** A workflow that outlives the user's access token, on the provider's refresh token. */
let issuer: DevIssuer;
let gateway: GatewayProcess;
const posts: string[] = [];
const counted: typeof fetch = (input, init) => {
  if (init?.method === "POST") posts.push(String(input));
  return fetch(input, init);
};

beforeAll(async () => {
  issuer = await startDevIssuer({ audience: "https://gateway.test" });
  gateway = await startGateway({
    env: {
      OIDC_ISSUER: issuer.issuer,
      OIDC_AUD: "https://gateway.test",
      PUBLIC_URL: "http://gateway.test",
      AGENT_REGISTRATION: "open",
    },
  });
});
afterAll(async () => {
  await gateway?.stop();
  await issuer?.close();
});
afterEach(() => {
  posts.length = 0;
});

async function session(more: Partial<Parameters<typeof userSession>[0]> = {}) {
  const { refreshToken } = await logIn({ issuer: issuer.issuer, user: "alice" });
  const clock = { ahead: 0 };
  const rotated: string[] = [];
  const ask = userSession({
    issuer: issuer.issuer,
    clientId: DEV_CLIENT_ID,
    refreshToken,
    onRotate: (token) => rotated.push(token),
    fetch: counted,
    now: () => Date.now() + clock.ahead,
    ...more,
  });
  return { ask, rotated, clock, refreshToken };
}

describe("T07: userSession()", () => {
  test("T07: refreshes once for all who ask, keeps what it got, and tells of each new refresh token", async () => {
    const { ask, rotated, clock, refreshToken } = await session();
    const tokens = await Promise.all(Array.from({ length: 50 }, ask));
    expect(new Set(tokens).size).toBe(1);
    expect(posts).toHaveLength(1);
    expect(rotated).toHaveLength(1);
    expect(rotated[0]).not.toBe(refreshToken);
    await ask();
    expect(posts).toHaveLength(1);
    clock.ahead = 3_000_000;
    expect(await ask()).not.toBe(tokens[0]);
    clock.ahead = 6_000_000;
    await ask();
    expect(new Set(rotated).size, "each rotation began with the token of the one before").toBe(3);
  });

  test("T07: an agent works on through it", async () => {
    const { ask } = await session();
    const attach = new AttachClient(ask, { gatewayUrl: gateway.url });
    const token = await attach.agent("research-agent", { scopes: ["llm:read"] }).token();
    expect(token.split(".")).toHaveLength(3);
  });

  test("a refusal of the provider is an AttachError with its code, also through an agent", async () => {
    const { ask } = await session({ refreshToken: "not-one-of-theirs" });
    await expect(ask()).rejects.toMatchObject({ name: "AttachError", code: "invalid_grant", status: 400 });
    const agent = new AttachClient(ask, { gatewayUrl: gateway.url }).agent("a", { scopes: ["llm:read"] });
    await expect(agent.token()).rejects.toMatchObject({ code: "invalid_grant" });
  });

  test("what could not be kept is said, and used all the same", async () => {
    let fails = true;
    const { ask } = await session({
      onRotate: () => {
        if (fails) throw new Error("disk full");
      },
    });
    await expect(ask()).rejects.toMatchObject({ code: "user_token_failed", cause: { message: "disk full" } });
    fails = false;
    expect((await ask()).split(".")).toHaveLength(3);
  });

  test("an answer that was lost on the way ends no session", async () => {
    let lose = true;
    const { ask } = await session({
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (init?.method !== "POST" || !lose) return response;
        lose = false;
        await response.body?.cancel();
        throw new TypeError("the connection was cut");
      },
    });
    await expect(ask()).rejects.toMatchObject({ code: "network_error" });
    expect((await ask()).split(".")).toHaveLength(3);
  });

  test("sends a refresh token to nobody but the issuer that was named", async () => {
    const other = { issuer: "http://idp.example", clientId: "c", refreshToken: "r" };
    expect(() => userSession(other)).toThrow(/https/);
    const { ask } = await session({
      issuer: "https://idp.example",
      fetch: async () =>
        Response.json({ issuer: "https://evil.example", token_endpoint: "https://evil.example/t" }),
    });
    await expect(ask()).rejects.toMatchObject({ code: "invalid_response" });
    expect(posts).toEqual([]);
  });
});
