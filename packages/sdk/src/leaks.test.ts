import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestAuthority, type TestAuthority, unsignedJwt } from "../test/authority.ts";
import type { Agent } from "./agent.ts";
import { AttachClient } from "./client.ts";
import { allowInsecure } from "./gateway-url.ts";

let authority: TestAuthority;
let evil: TestAuthority;
let agent: Agent;
const USER = unsignedJwt({ iss: "https://idp.example", sub: "alice" });

beforeEach(async () => {
  [authority, evil] = await Promise.all([startTestAuthority(), startTestAuthority()]);
  agent = new AttachClient(USER, { gatewayUrl: authority.url }).agent("a", { scopes: ["llm:read"] });
  await agent.token();
});
afterEach(async () => {
  expect(evil.calls).toEqual([]);
  expect(evil.exchanges).toEqual([]);
  await Promise.all([authority.close(), evil.close()]);
});

describe("a token goes to the gateway and nowhere else", () => {
  const host = () => new URL(evil.url).host;
  const own = () => new URL(authority.url);
  test.each<[string, () => string]>([
    ["another origin", () => `${evil.url}/api/tags`],
    ["the same host, another port", () => `http://127.0.0.1:${Number(own().port) - 1}/`],
    ["another scheme", () => `https://${own().host}/`],
    ["a scheme-relative URL", () => `//${host()}/api`],
    ["backslashes", () => `\\\\${host()}\\api`],
    ["mixed slashes", () => `/\\${host()}/api`],
    ["three slashes", () => `///${host()}/api`],
    ["leading blanks and controls", () => `\t \n//${host()}/api`],
    ["a tab inside the slashes", () => `/\t/${host()}/api`],
    ["one slash after another scheme", () => `https:/${host()}/api`],
    ["no slash after another scheme", () => `https:${host()}/api`],
    ["the gateway as a user name", () => `http://${own().host}@${host()}/`],
    ["the gateway as user and password", () => `http://127.0.0.1:x@${host()}/`],
    ["credentials for the gateway itself", () => `http://user:secret@${own().host}/`],
    ["an empty-looking credential", () => `http://x@${own().host}/`],
    ["the gateway as a prefix of a name", () => `http://127.0.0.1.evil.example:${own().port}/`],
    ["a host in other letters", () => `http://１２７.0.0.2:${own().port}/`],
    ["a blob URL that claims the gateway's origin", () => `blob:${authority.url}/0d0e0f`],
    ["a data URL", () => "data:text/plain,x"],
    ["a file URL", () => "file:///etc/passwd"],
    ["a script URL", () => "javascript:alert(1)"],
  ])("refuses %s", async (_, url) => {
    await expect(agent.fetch(url())).rejects.toMatchObject({
      code: expect.stringMatching(/^(foreign_origin|invalid_argument)$/),
    });
    expect(authority.calls).toEqual([]);
  });

  test("refuses a URL object and a Request for another origin", async () => {
    await expect(agent.fetch(new URL(evil.url))).rejects.toMatchObject({ code: "foreign_origin" });
    await expect(agent.fetch(new Request(evil.url))).rejects.toMatchObject({ code: "foreign_origin" });
  });

  test("judges a Request by where it goes, not by what it says of itself", async () => {
    const liar = new Request(evil.url);
    Object.defineProperty(liar, "url", { value: `${authority.url}/api/tags` });
    await expect(agent.fetch(liar)).rejects.toMatchObject({ code: "foreign_origin" });
  });

  test("judges and fetches the same text of an object that changes its mind", async () => {
    let asked = 0;
    const fickle = { toString: () => (asked++ === 0 ? "/api/tags" : evil.url) };
    await agent.fetch(fickle as unknown as URL);
    expect(authority.calls.map(({ url }) => url)).toEqual(["/api/tags"]);
    expect(asked).toBe(1);
    await expect(agent.fetch({ url: evil.url } as unknown as Request)).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  test("a URL that is changed while the token comes changes nothing of where it goes", async () => {
    const url = new URL(`${authority.url}/api/tags`);
    const called = agent.fetch(url);
    url.href = evil.url;
    expect((await called).status).toBe(200);
  });
});

describe("redirects", () => {
  const redirect = (status: number, location: string) => {
    authority.onCall = (seen, response) => {
      if (seen.url === "/end") response.writeHead(200).end("end");
      else response.writeHead(status, { Location: location }).end();
    };
  };

  test.each([301, 302, 303, 307, 308])("%i to another origin is refused", async (status) => {
    redirect(status, `${evil.url}/steal`);
    await expect(agent.fetch("/start")).rejects.toMatchObject({ code: "redirect_refused", status });
    await expect(agent.fetch("/start", { method: "POST", body: "{}" })).rejects.toMatchObject({
      code: "redirect_refused",
    });
    await expect(agent.fetch(new Request(`${authority.url}/start`))).rejects.toMatchObject({
      code: "redirect_refused",
    });
  });

  test.each(["//%", "\\\\%\\", "http://gateway@%/", "https:%"])("to %s is refused", async (form) => {
    redirect(302, form.replace("%", new URL(evil.url).host));
    await expect(agent.fetch("/start")).rejects.toMatchObject({ code: "redirect_refused" });
  });

  test("on the gateway's own origin are followed for GET, with the token", async () => {
    redirect(307, "/end");
    for (const input of ["/start", new Request(`${authority.url}/start`)]) {
      const response = await agent.fetch(input);
      expect(await response.text()).toBe("end");
    }
    const token = await agent.token();
    expect(authority.calls.map(({ headers }) => headers.authorization)).toEqual(
      Array(4).fill(`Bearer ${token}`),
    );
  });

  test("are not followed with a body: an engine must not steer an agent's writes", async () => {
    redirect(307, "/end");
    await expect(agent.fetch("/start", { method: "POST", body: "{}" })).rejects.toMatchObject({
      code: "redirect_refused",
    });
    expect(authority.calls).toHaveLength(1);
  });

  test("come to an end", async () => {
    redirect(302, "/again");
    await expect(agent.fetch("/start")).rejects.toMatchObject({ code: "redirect_refused" });
    expect(authority.calls.length).toBeLessThan(15);
  });

  test("are handed out where the caller asked for that, and fail where they asked for that", async () => {
    redirect(302, evil.url);
    const response = await agent.fetch("/start", { redirect: "manual" });
    expect([response.status, response.headers.get("Location")]).toEqual([302, evil.url]);
    await expect(agent.fetch("/start", { redirect: "error" })).rejects.toThrow();
  });

  test("are never left to the runtime", async () => {
    const modes: (string | undefined)[] = [];
    const spying = new AttachClient(USER, {
      gatewayUrl: authority.url,
      fetch: (input, init) => {
        modes.push(input instanceof Request ? input.redirect : init?.redirect);
        return globalThis.fetch(input, init);
      },
    }).agent("a", { scopes: ["llm:read"] });
    await spying.fetch("/x", { redirect: "follow" });
    await spying.fetch(new Request(`${authority.url}/x`));
    await spying.revoke();
    expect(modes).toEqual(["manual", "manual", "manual", "manual"]);
  });
});

describe("the gateway's address", () => {
  const at = (gatewayUrl: string | URL | undefined, options = {}) =>
    new AttachClient(USER, { gatewayUrl, ...options }).gatewayUrl;

  test("comes from the option, else ATTACH_GATEWAY_URL, else this machine", () => {
    const before = process.env["ATTACH_GATEWAY_URL"];
    try {
      delete process.env["ATTACH_GATEWAY_URL"];
      expect(at(undefined)).toBe("http://localhost:8080");
      process.env["ATTACH_GATEWAY_URL"] = "";
      expect(at(undefined)).toBe("http://localhost:8080");
      process.env["ATTACH_GATEWAY_URL"] = "https://gateway.example";
      expect(at(undefined)).toBe("https://gateway.example");
      expect(at("https://other.example/")).toBe("https://other.example");
    } finally {
      if (before === undefined) delete process.env["ATTACH_GATEWAY_URL"];
      else process.env["ATTACH_GATEWAY_URL"] = before;
    }
  });

  test.each(["http://localhost:1", "http://127.9.9.9", "http://0x7f.1", "http://[::1]:8"])(
    "may be plain http on this machine: %s",
    (url) => expect(() => at(url)).not.toThrow(),
  );

  test.each([
    "http://gateway.example",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://api.localhost",
    "http://[::ffff:127.0.0.1]",
    "http://localhost.",
  ])("must be https elsewhere, unless the symbol says otherwise: %s", (url) => {
    expect(() => at(url)).toThrow(expect.objectContaining({ code: "insecure_gateway" }));
    expect(() => at(url, { allowInsecure: true })).toThrow();
    expect(at(url, { [allowInsecure]: true })).toBe(new URL(url).origin);
  });

  test.each([
    "gateway.example",
    "ftp://x",
    "https://x/v1",
    "https://x/?a",
    "https://x/#a",
    "https://u:p@x",
    "",
    "/",
  ])("is an origin, not %j", (url) => {
    expect(() => at(url)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  test("cannot be chosen by a polluted prototype", async () => {
    const polluted = Object.prototype as Record<string, unknown>;
    polluted["gatewayUrl"] = evil.url;
    polluted["originalToken"] = "stolen.or.forged";
    polluted["resource"] = "https://evil.example/";
    try {
      const attach = new AttachClient(USER, {});
      expect(attach.gatewayUrl).toBe("http://localhost:8080");
      await new AttachClient(USER, { gatewayUrl: authority.url }).getAgentToken({
        agentId: "b",
        scopes: ["llm:read"],
      });
      expect(authority.exchanges.at(-1)?.get("subject_token")).toBe(USER);
      expect(authority.exchanges.at(-1)?.has("resource")).toBe(false);
    } finally {
      for (const name of ["gatewayUrl", "originalToken", "resource"]) delete polluted[name];
    }
  });
});
