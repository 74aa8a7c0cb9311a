import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestAuthority, type TestAuthority } from "../test/authority.ts";
import { a2aAccess } from "./a2a.ts";

let authority: TestAuthority;
let evil: TestAuthority;
let card: object;
beforeEach(async () => {
  [authority, evil] = await Promise.all([startTestAuthority(), startTestAuthority()]);
  card = cardOf(authority.url);
  authority.onCall = ({ url }, response) => {
    if (url.includes(".well-known")) response.end(JSON.stringify(card));
    else response.end("ok");
  };
});
afterEach(async () => {
  // Whatever a card says: nothing of the user's goes elsewhere.
  expect([evil.calls, evil.exchanges]).toEqual([[], []]);
  await Promise.all([authority.close(), evil.close()]);
});

const cardOf = (
  url: string,
  { tokenUrl = `${url}/oauth/token`, place = `${url}/a2a/agents/coder/rpc`, list = ["a2a:send"] } = {},
) => ({
  supportedInterfaces: [{ url: place, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  securitySchemes: {
    bearer: { httpAuthSecurityScheme: { scheme: "Bearer" } },
    attach: { oauth2SecurityScheme: { flows: { clientCredentials: { tokenUrl, scopes: {} } } } },
  },
  securityRequirements: [{ schemes: { attach: { list } } }],
});
const access = () =>
  a2aAccess(`${authority.url}/a2a/agents/coder/`, { userToken: "user.jwt.token", agentId: "planner" });

describe("access by a card alone", () => {
  test("gets a token for the scopes that the card names, and calls with it", async () => {
    const { fetch } = access();
    const response = await fetch(`${authority.url}/a2a/agents/coder/rpc`, { method: "POST", body: "{}" });
    expect(await response.text()).toBe("ok");
    expect(authority.exchanges).toHaveLength(1);
    expect((await access().agent()).scopes).toEqual(["a2a:send"]);
  });

  test.each<[string, () => object]>([
    ["a token endpoint elsewhere", () => cardOf(authority.url, { tokenUrl: `${evil.url}/oauth/token` })],
    ["another token path", () => cardOf(authority.url, { tokenUrl: `${authority.url}/elsewhere` })],
    ["an interface elsewhere", () => cardOf(authority.url, { place: `${evil.url}/rpc` })],
    ["scopes that are none", () => cardOf(authority.url, { list: ["two words"] })],
    ["no scopes", () => cardOf(authority.url, { list: [] })],
    ["no schemes", () => ({ supportedInterfaces: [] })],
    ["no object", () => []],
  ])("refuses a card with %s", async (_, made) => {
    card = made();
    await expect(access().agent()).rejects.toMatchObject({ code: "invalid_response" });
    expect(authority.exchanges).toEqual([]);
  });

  test("sends a token nowhere but to the card's origin", async () => {
    await expect(access().fetch(`${evil.url}/rpc`)).rejects.toMatchObject({ code: "foreign_origin" });
    const { authenticationHandler } = access();
    const foreign = new Response("", { status: 401, headers: { "WWW-Authenticate": "Bearer" } });
    Object.defineProperty(foreign, "url", { value: `${evil.url}/rpc` });
    expect(await authenticationHandler.shouldRetryWithHeaders({}, foreign)).toBeUndefined();
    expect(await authenticationHandler.headers()).toEqual({});
  });

  test.each(["ftp://x/", "nonsense", "https://user:secret@gateway.test/"])("takes %s for no agent", (url) => {
    expect(() => a2aAccess(url, { userToken: "a.b.c", agentId: "planner" })).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });

  test("wants https beyond this machine", () => {
    expect(() => a2aAccess("http://gateway.test/", { userToken: "a.b.c", agentId: "planner" })).toThrow(
      expect.objectContaining({ code: "insecure_gateway" }),
    );
  });
});
