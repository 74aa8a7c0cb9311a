import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBrowser, type Page, type Visit } from "../../services/dev-issuer/src/browser.ts";
import { runProgram } from "../support/program.ts";
import { type Stack, startStack } from "../support/stack.ts";

/** A person at a terminal, with a real provider and a real gateway: `login`, `token`, and a browser's log-in. */
const MAIN = resolve(import.meta.dirname, "../../services/gateway/src/main.ts");
let stack: Stack;
let home: string;
beforeAll(async () => {
  stack = await startStack({ AGENT_REGISTRATION: "open", OIDC_CLIENT_ID: "attach-cli" });
  home = mkdtempSync(join(tmpdir(), "attach-home-"));
});
afterAll(async () => {
  await stack?.stop();
  rmSync(home, { recursive: true, force: true });
});

const claims = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;

async function token(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const named = ["token", "--gateway", stack.gateway.url, ...args];
  await using program = await runProgram(named, { HOME: home, ...env });
  const code = await program.ended();
  return { code, out: program.stdout(), err: program.stderr() };
}

function asPage(visit: Visit): Page {
  if (visit.kind !== "page") throw new Error(`expected a page, was sent to ${visit.url.href}`);
  return visit;
}

/** Opens the link that the program shows, as a person does. */
async function approve(link: string): Promise<void> {
  const browser = createBrowser(stack.issuer.issuer);
  let page = asPage(await browser.open(link));
  for (const fields of [{}, {}, { user: "alice" }]) {
    if (page.body.includes("is signed in")) break;
    page = asPage(
      await browser.submit(page, page.body.includes('value="alice"') ? { user: "alice" } : fields),
    );
  }
  expect(page.body).toContain("is signed in");
}

test("I06: signs in at a real provider that the gateway names, and the gateway takes the token", async () => {
  expect((await token(["--agent", "a"])).err).toContain("nobody is signed in: run `attach-gateway login`");

  await using login = await runProgram(["login", "--gateway", stack.gateway.url], { HOME: home });
  const [, link = ""] = await login.says(/^ {2}(http\S+)$/m);
  await approve(link);
  expect(await login.ended()).toBe(0);
  const user = login.stdout().trim();
  expect(claims(user)).toMatchObject({ sub: "alice", aud: stack.publicUrl });
  expect((await stack.call("/api/tags", user)).status).toBe(200);

  const { code, out, err } = await token(["--agent", "helper", "--scope", "llm:read", "--ttl", "60"]);
  expect([code, err]).toEqual([0, expect.stringContaining("for helper")]);
  expect(claims(out.trim())).toMatchObject({ sub: "alice", act: { sub: "helper" }, scope: "llm:read" });
  expect((await stack.call("/api/tags", out.trim())).status).toBe(200);
});

test("I06: takes the user's token from the environment, a file, or standard input", async () => {
  const user = await stack.userToken("bob");
  const agent = ["--agent", "helper", "--scope", "llm:read"];
  const file = join(home, "user-token");
  writeFileSync(file, `${user}\n`);
  const piped = new Promise<string>((done, failed) => {
    const args = [MAIN, "token", "--gateway", stack.gateway.url, ...agent, "--user-token", "-"];
    const env = { PATH: process.env["PATH"] ?? "", HOME: home };
    const child = execFile(process.execPath, args, { env }, (error, out) =>
      error ? failed(error) : done(out),
    );
    child.stdin?.end(`${user}\n`);
  });
  const tokens = [
    await piped,
    (await token(agent, { ATTACH_USER_TOKEN: user })).out,
    (await token([...agent, "--user-token-file", file])).out,
  ];
  for (const one of tokens) expect(claims(one)).toMatchObject({ sub: "bob", act: { sub: "helper" } });
});

test("I06: says why there is no token, and repeats none", async () => {
  const user = await stack.userToken("bob");
  const refused = await token(["--agent", "x", "--scope", "llm:admin"], { ATTACH_USER_TOKEN: user });
  expect([refused.code, refused.out]).toEqual([1, ""]);
  expect(refused.err).toContain("invalid_scope");
  const broken = await token(["--agent", "x"], { ATTACH_USER_TOKEN: `${user}x` });
  expect([broken.code, broken.out]).toEqual([1, ""]);
  expect(broken.err).not.toContain(user.slice(-20));
  expect((await token([])).err).toContain("--agent");
  const plain = await token(["--agent", "x", "--user-token-file", join(home, "none")]);
  expect([plain.code, plain.err]).toEqual([1, expect.stringContaining("ENOENT")]);
  await using insecure = await runProgram(["token", "--agent", "x", "--gateway", "http://gateway.test"], {
    HOME: home,
  });
  expect([await insecure.ended(), insecure.stderr()]).toEqual([2, expect.stringContaining("https")]);
});

test("I08: a browser signs in by code and PKCE with what GET /auth/config says, and nothing else", async () => {
  const config = (await (await fetch(`${stack.gateway.url}/auth/config`)).json()) as Record<string, string>;
  expect(Object.keys(config).sort()).toEqual(["audience", "client_id", "domain", "issuer"]);
  expect(config["domain"]).toBe(new URL(stack.issuer.issuer).host);
  const { issuer = "", client_id = "", audience = "" } = config;

  const metadata = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<
    string,
    string
  >;
  const verifier = randomBytes(32).toString("base64url");
  const redirect_uri = "http://127.0.0.1/callback";
  const ask = new URLSearchParams({
    client_id,
    redirect_uri,
    response_type: "code",
    scope: "openid",
    resource: audience,
    state: "s",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const browser = createBrowser(issuer);
  const page = asPage(await browser.open(`${metadata["authorization_endpoint"]}?${ask}`, redirect_uri));
  const back = await browser.submit(page, { user: "alice" }, redirect_uri);
  if (back.kind !== "departure") throw new Error("the provider did not send the browser back");
  expect(back.url.searchParams.get("state")).toBe("s");
  const answer = await fetch(metadata["token_endpoint"] ?? "", {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id,
      redirect_uri,
      code: back.url.searchParams.get("code") ?? "",
      code_verifier: verifier,
    }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  expect((await stack.call("/api/tags", access_token)).status).toBe(200);
});
