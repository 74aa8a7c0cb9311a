import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DeviceProvider, type Scripted, startDeviceProvider } from "../support/device-provider.ts";
import { runProgram } from "../support/program.ts";

/** `attach-gateway login` against a provider whose every answer is chosen. */
let home: string;
const running: DeviceProvider[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "attach-home-"));
});
afterEach(async () => {
  rmSync(home, { recursive: true, force: true });
  await Promise.all(running.splice(0).map((provider) => provider.close()));
});

async function start(options?: Parameters<typeof startDeviceProvider>[0]): Promise<DeviceProvider> {
  const provider = await startDeviceProvider(options);
  running.push(provider);
  return provider;
}

const program = (issuer: string, ...args: readonly string[]) =>
  runProgram(["login", "--issuer", issuer, "--client-id", "cli", ...args], { HOME: home });

async function login(issuer: string, ...args: readonly string[]) {
  await using one = await program(issuer, ...args);
  const code = await one.ended();
  return { code, out: one.stdout(), err: one.stderr() };
}

const PENDING: Scripted = [400, { error: "authorization_pending" }];
const jwt = (name: string, audience = "https://gateway.test") =>
  [{ alg: "RS256" }, { aud: audience, name }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .concat("c2ln")
    .join(".");
const granted = (name: string, more = {}): Scripted => [
  200,
  { access_token: jwt(name), token_type: "Bearer", expires_in: 3600, ...more },
];
const file = () => join(home, ".config/attach/logins.json");

test("I06: shows where to go and the code on stderr, waits, and prints the token alone on stdout", async () => {
  const provider = await start();
  provider.say(PENDING, granted("first"));
  const { code, out, err } = await login(provider.issuer, "--audience", "https://gateway.test");
  expect([code, out]).toEqual([0, `${jwt("first")}\n`]);
  expect(err).toContain(`${provider.issuer}/go`);
  expect(err).toContain("WDJB-MJHT");
  expect(err).toContain("Waiting");
  expect(err).not.toContain(jwt("first"));
  expect(err).not.toContain("the-device-code");
});

test("I06: proves by PKCE (S256) that the poll is by who asked, where the provider checks it", async () => {
  const provider = await start();
  provider.say(granted("a"));
  await login(provider.issuer, "--scope", "openid llm:read", "--resource", "https://api.test");
  const [ask, poll] = provider.forms.map(({ form }) => Object.fromEntries(form));
  expect(ask).toEqual({
    client_id: "cli",
    scope: "openid llm:read",
    resource: "https://api.test",
    code_challenge: createHash("sha256")
      .update(poll?.["code_verifier"] ?? "")
      .digest("base64url"),
    code_challenge_method: "S256",
  });
  expect(poll).toMatchObject({
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: "the-device-code",
    client_id: "cli",
  });

  const without = await start({ metadata: { code_challenge_methods_supported: undefined } });
  without.say(granted("b"));
  await login(without.issuer);
  expect(without.forms.flatMap(({ form }) => [...form.keys()])).not.toContain("code_challenge");
});

test("I06: polls no faster than asked, and five seconds slower after slow_down (RFC 8628 §3.5)", async () => {
  const provider = await start({ device: { interval: 1 } });
  provider.say([400, { error: "slow_down" }], granted("slow"));
  const { code, err } = await login(provider.issuer);
  const [asked, first, second] = provider.forms.map(({ at }) => at);
  expect(code).toBe(0);
  expect(err).toContain("every 6 s");
  expect(Number(first) - Number(asked)).toBeGreaterThan(990);
  expect(Number(second) - Number(first)).toBeGreaterThan(5_990);
});

test("I06: outlives a provider that stumbles while somebody signs in", async () => {
  const provider = await start();
  provider.say([302, {}], granted("late"));
  const { code, out, err } = await login(provider.issuer);
  expect([code, out]).toEqual([0, `${jwt("late")}\n`]);
  expect(err).toContain("trying again in 2 s");
});

test.each([
  ["access_denied", /refused at the identity provider/],
  ["expired_token", /run out .*run it again/],
  ["invalid_grant", /invalid_grant/],
])("I06: ends with the reason on %s, and prints no token", async (error, words) => {
  const provider = await start();
  provider.say([400, { error, error_description: "their \u001b[31mwords" }]);
  const { code, out, err } = await login(provider.issuer);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(words);
  expect(err).not.toContain("\u001b");
});

test("I06: gives up when the code has run out, though the provider never says so", async () => {
  const provider = await start({ device: { expires_in: 1, interval: 60 } });
  const { code, err } = await login(provider.issuer);
  expect(code).toBe(1);
  expect(err).toContain("nobody signed in before the code ran out");
});

test.each([
  ["another issuer", { issuer: "https://else.test" }, {}, /calls itself "https:\/\/else.test"/],
  ["no device flow", { device_authorization_endpoint: undefined }, {}, /offers no device log-in/],
  [
    "a plain token endpoint elsewhere",
    { token_endpoint: "http://else.test/t" },
    {},
    /no usable token endpoint/,
  ],
  ["a link that is none", {}, { verification_uri: "javascript:alert(1)" }, /cannot be used/],
  ["a code that moves the cursor", {}, { user_code: "\u001b[2J" }, /cannot be used/],
])("I06: refuses a provider with %s", async (_name, metadata, device, words) => {
  const provider = await start({ metadata, device });
  const { code, out, err } = await login(provider.issuer);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(words);
});

test("I06: names the slash that is too many", async () => {
  const { issuer } = await start();
  const { err } = await login(`${issuer}/`);
  expect(err).toContain("mind the slash at the end");
});

test("I06: says how to mend a client that may not", async () => {
  const { issuer } = await start({ device: [400, { error: "unauthorized_client" }] as never });
  expect((await login(issuer)).err).toContain("Allow this client the device grant");
});

test("I06: ends at Ctrl-C at once, with nothing kept and nothing printed", async () => {
  const { issuer } = await start({ device: { interval: 30 } });
  await using one = await program(issuer);
  await one.says(/Waiting/);
  one.child.kill("SIGINT");
  expect(await one.ended()).toBe(130);
  expect([one.stdout(), one.stderr().trim().split("\n").at(-1)]).toEqual([
    "",
    "stopped: nobody was signed in",
  ]);
  expect(() => statSync(file())).toThrow();
});

test("I06: warns of a token that the gateway will refuse: opaque, or for another audience", async () => {
  const provider = await start();
  provider.say([200, { access_token: "opaque", token_type: "bearer" }]);
  expect((await login(provider.issuer, "--print")).err).toContain("is not a JWT");
  provider.say(granted("x"));
  const { err } = await login(provider.issuer, "--print", "--audience", "https://other.test");
  expect(err).toContain('made out to "https://gateway.test", not to "https://other.test"');
});

test("I06: keeps the log-in for this user alone, and renews it without asking", async () => {
  const provider = await start();
  provider.say(granted("old", { expires_in: 1, refresh_token: "r1" }));
  expect((await login(provider.issuer, "--save")).out).toBe("");
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, ".config/attach")).mode & 0o777).toBe(0o700);

  provider.say(granted("new", { refresh_token: "r2" }));
  const { code, out, err } = await login(provider.issuer);
  expect([code, out, err]).toEqual([0, `${jwt("new")}\n`, ""]);
  expect(Object.fromEntries(provider.forms.at(-1)?.form ?? [])).toEqual({
    grant_type: "refresh_token",
    refresh_token: "r1",
    client_id: "cli",
  });
  expect(readFileSync(file(), "utf8")).toContain('"r2"');
  const asked = provider.forms.length;
  expect((await login(provider.issuer)).out).toBe(out);
  expect(provider.forms).toHaveLength(asked);
});

test("I06: of several at once one renews: a refresh token is used once", async () => {
  const provider = await start();
  provider.say(granted("old", { expires_in: 1, refresh_token: "r1" }));
  await login(provider.issuer, "--save");
  provider.say(granted("new", { refresh_token: "r2" }), [400, { error: "invalid_grant" }]);
  const all = await Promise.all([1, 2, 3].map(() => login(provider.issuer)));
  expect(all.map(({ out }) => out)).toEqual([1, 2, 3].map(() => `${jwt("new")}\n`));
  expect(provider.forms.filter(({ form }) => form.get("grant_type") === "refresh_token")).toHaveLength(1);
});

test("I06: asks again when the kept log-in has been ended", async () => {
  const provider = await start();
  provider.say(granted("old", { expires_in: 1, refresh_token: "r1" }));
  await login(provider.issuer, "--save");
  provider.say([400, { error: "invalid_grant" }], granted("again"));
  const { out, err } = await login(provider.issuer);
  expect(out).toBe(`${jwt("again")}\n`);
  expect(err).toMatch(/could not be renewed: invalid_grant[\s\S]*WDJB-MJHT/);
});

test("I06: --print keeps nothing, --forget forgets, and the two ways out exclude each other", async () => {
  const provider = await start();
  provider.say(granted("p", { refresh_token: "r" }));
  await login(provider.issuer, "--print");
  expect(() => statSync(file())).toThrow();
  await login(provider.issuer, "--save");
  await login(provider.issuer, "--forget");
  expect(readFileSync(file(), "utf8")).not.toContain('"r"');
  expect((await login(provider.issuer, "--save", "--print")).code).toBe(2);
});

test("I06: uses no log-in that other users can read", async () => {
  const provider = await start();
  provider.say(granted("x"));
  await login(provider.issuer, "--save");
  chmodSync(file(), 0o644);
  const { code, out, err } = await login(provider.issuer);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("can be read by other users");
});

test("I06: is not stopped by half a file", async () => {
  const provider = await start();
  provider.say(granted("x"));
  await login(provider.issuer, "--save");
  writeFileSync(file(), "{");
  expect((await login(provider.issuer)).out).toBe(`${jwt("x")}\n`);
});

test("I06: says whom to name when nobody is", async () => {
  await using one = await runProgram(["login"], { HOME: home });
  expect([await one.ended(), one.stderr()]).toEqual([2, expect.stringContaining("--issuer <url>")]);
  await using plain = await runProgram(["login", "--issuer", "http://idp.test", "--client-id", "c"], {
    HOME: home,
  });
  expect([await plain.ended(), plain.stderr()]).toEqual([2, expect.stringContaining("https")]);
});
