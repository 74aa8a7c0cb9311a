import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBrowser, type Page, type Visit } from "./browser.ts";
import { DEV_CLIENT_ID, type DevIssuer, logIn, startDevIssuer } from "./index.ts";

let issuer: DevIssuer;

beforeAll(async () => {
  issuer = await startDevIssuer();
});

afterAll(() => issuer.close());

const REDIRECT = "http://127.0.0.1:4567/callback";
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

function authorizeUrl(changes: Record<string, string> = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const parameters = new URLSearchParams({
    client_id: DEV_CLIENT_ID,
    response_type: "code",
    redirect_uri: REDIRECT,
    scope: "openid",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...changes,
  });
  return { url: `${issuer.issuer}/auth?${parameters}`, verifier };
}

function asPage(visit: Visit): Page {
  if (visit.kind !== "page") throw new Error(`expected a page, was sent to ${visit.url.href}`);
  return visit;
}

function left(visit: Visit): URL {
  if (visit.kind !== "departure") throw new Error(`expected a redirect to the client, got ${visit.body}`);
  return visit.url;
}

async function post(path: string, form: Record<string, string>) {
  const response = await fetch(`${issuer.issuer}${path}`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

const subject = (jwt: string | undefined) =>
  (JSON.parse(Buffer.from(jwt?.split(".")[1] ?? "", "base64url").toString()) as { sub: string }).sub;

test("shows who asks, for what and where to, and a button a user, on a page that nothing may frame", async () => {
  const page = asPage(
    await createBrowser(issuer.issuer).open(authorizeUrl({ scope: "openid llm:read" }).url),
  );
  expect(page.body).toContain("Attach (this machine)");
  expect(page.body).toContain("<code>llm:read</code>");
  expect(page.body).toContain("http://localhost:8080");
  expect(page.body.match(/Continue as/g)).toHaveLength(2);
  expect(page.body).not.toMatch(/<script|https?:\/\/(?!localhost)/);
  const headers = (await fetch(issuer.issuer)).headers;
  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
});

test("allows the one script there is, which saves a person a click, by its hash", async () => {
  const device = (await post("/device/auth", { client_id: DEV_CLIENT_ID, scope: "openid" })).body;
  const response = await fetch(device["verification_uri_complete"] ?? "");
  const script = /<script>([\s\S]*)<\/script>/.exec(await response.text())?.[1] ?? "";
  const hash = createHash("sha256").update(script).digest("base64");
  expect(response.headers.get("content-security-policy")).toContain(`'sha256-${hash}'`);
});

test("hands an access_denied to the client when the person cancels", async () => {
  const browser = createBrowser(issuer.issuer);
  const page = asPage(await browser.open(authorizeUrl().url, REDIRECT));
  const back = left(await browser.submit(page, { cancel: "yes" }, REDIRECT));
  expect(back.searchParams.get("error")).toBe("access_denied");
  expect(back.searchParams.has("code")).toBe(false);
});

test("signs nobody in who is not on the list", async () => {
  const browser = createBrowser(issuer.issuer);
  const page = asPage(await browser.open(authorizeUrl().url, REDIRECT));
  expect(asPage(await browser.submit(page, { user: "mallory" }, REDIRECT)).status).toBe(400);
  await expect(logIn({ issuer: issuer.issuer, user: "mallory" })).rejects.toThrow(/unknown_user/);
});

test("a sign-in page is of no use to a browser that did not start it", async () => {
  const page = asPage(await createBrowser(issuer.issuer).open(authorizeUrl().url, REDIRECT));
  const stranger = createBrowser(issuer.issuer);
  expect(asPage(await stranger.submit(page, { user: "alice" }, REDIRECT)).status).toBe(400);
});

test("lets another person sign in in the same browser", async () => {
  const browser = createBrowser(issuer.issuer);
  left(
    await browser.submit(
      asPage(await browser.open(authorizeUrl().url, REDIRECT)),
      { user: "alice" },
      REDIRECT,
    ),
  );
  const again = authorizeUrl();
  let visit = await browser.submit(
    asPage(await browser.open(again.url, REDIRECT)),
    { user: "bob" },
    REDIRECT,
  );
  // Changing the person goes by a page that signs the first one out.
  if (visit.kind === "page") visit = await browser.submit(visit, {}, REDIRECT);
  const { body } = await post("/token", {
    grant_type: "authorization_code",
    client_id: DEV_CLIENT_ID,
    redirect_uri: REDIRECT,
    code: left(visit).searchParams.get("code") ?? "",
    code_verifier: again.verifier,
  });
  expect(subject(body["access_token"])).toBe("bob");
});

test.for([
  ["without PKCE", { code_challenge: "", code_challenge_method: "" }, /requires PKCE/],
  ["with plain PKCE", { code_challenge_method: "plain" }, /code_challenge_method/],
  [
    "back to an address that is not loopback",
    { redirect_uri: "https://evil.example/callback" },
    /redirect_uri/,
  ],
  ["back to a path that is not the client's", { redirect_uri: "http://127.0.0.1:4567/else" }, /redirect_uri/],
  ["by the implicit flow", { response_type: "id_token", nonce: "n" }, /response_type/],
] as const)("refuses to sign in %s", async ([, changes, reason]) => {
  const visit = await createBrowser(issuer.issuer).open(authorizeUrl({ ...changes }).url, REDIRECT);
  const told = visit.kind === "page" ? visit.body : decodeURIComponent(visit.url.href.replaceAll("+", " "));
  expect(told).toMatch(reason);
  expect(told).not.toContain("Continue as");
});

test("refuses a code without its verifier, and a code that was used", async () => {
  const browser = createBrowser(issuer.issuer);
  const { url, verifier } = authorizeUrl();
  const back = left(
    await browser.submit(asPage(await browser.open(url, REDIRECT)), { user: "alice" }, REDIRECT),
  );
  const form = {
    grant_type: "authorization_code",
    client_id: DEV_CLIENT_ID,
    redirect_uri: REDIRECT,
    code: back.searchParams.get("code") ?? "",
  };
  const other = randomBytes(32).toString("base64url");
  expect((await post("/token", { ...form, code_verifier: other })).body).toMatchObject({
    error: "invalid_grant",
  });
  expect((await post("/token", { ...form, code_verifier: verifier })).status).toBe(200);
  expect((await post("/token", { ...form, code_verifier: verifier })).body).toMatchObject({
    error: "invalid_grant",
  });
});

test("signs a device in: it waits, a person types the code and says yes, it gets its tokens", async () => {
  const device = (await post("/device/auth", { client_id: DEV_CLIENT_ID, scope: "openid profile" })).body;
  const poll = () =>
    post("/token", {
      grant_type: DEVICE_GRANT,
      client_id: DEV_CLIENT_ID,
      device_code: device["device_code"] ?? "",
    });
  expect((await poll()).body).toMatchObject({ error: "authorization_pending" });

  const browser = createBrowser(issuer.issuer);
  const ask = asPage(await browser.open(device["verification_uri"] ?? ""));
  const confirm = asPage(await browser.submit(ask, { user_code: device["user_code"] ?? "" }));
  expect(confirm.body).toContain(device["user_code"]);
  const choose = asPage(await browser.submit(confirm, {}));
  const done = asPage(await browser.submit(choose, { user: "alice" }));
  expect(done.body).toContain("is signed in");

  const { status, body } = await poll();
  expect(status).toBe(200);
  expect([subject(body["access_token"]), subject(body["id_token"])]).toEqual(["alice", "alice"]);
  expect(body["refresh_token"]).toEqual(expect.any(String));
  expect((await poll()).body).toMatchObject({ error: "invalid_grant" });
});

test("tells a device that its person said no, and a person that a code is wrong", async () => {
  const device = (await post("/device/auth", { client_id: DEV_CLIENT_ID, scope: "openid" })).body;
  const browser = createBrowser(issuer.issuer);
  const confirm = asPage(
    await browser.submit(asPage(await browser.open(device["verification_uri_complete"] ?? "")), {}),
  );
  await browser.submit(confirm, { abort: "yes" });
  const poll = await post("/token", {
    grant_type: DEVICE_GRANT,
    client_id: DEV_CLIENT_ID,
    device_code: device["device_code"] ?? "",
  });
  expect(poll.body).toMatchObject({ error: "access_denied" });
  const ask = asPage(await browser.open(`${issuer.issuer}/device`));
  expect(asPage(await browser.submit(ask, { user_code: "BBBB-BBBB" })).body).toContain("not right");
});
