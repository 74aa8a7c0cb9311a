import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { Config } from "./config.ts";
import type { ConfigSources } from "./layers.ts";
import { loadConfig, namedSettings } from "./load.ts";
import type { ConfigMistake } from "./mistakes.ts";

const folders: string[] = [];
let cwd = "";

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "attach-config-"));
  folders.push(cwd);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const ISSUER = "https://login.example.com/";

function load(sources: Partial<ConfigSources> & { file?: string; dotenv?: string }): Config {
  const result = tryLoad(sources);
  if (!result.ok) throw new Error(JSON.stringify(result.reason));
  return result.value;
}

function mistakes(sources: Parameters<typeof load>[0]): readonly ConfigMistake[] {
  const result = tryLoad(sources);
  if (result.ok) throw new Error("nothing was found wrong");
  return result.reason;
}

function tryLoad({ file, dotenv, ...sources }: Parameters<typeof load>[0]) {
  if (file !== undefined) writeFileSync(join(cwd, "attach.yaml"), file);
  if (dotenv !== undefined) writeFileSync(join(cwd, ".env"), dotenv);
  return loadConfig({ cwd, env: { OIDC_ISSUER: ISSUER }, ...sources });
}

describe("the order of sources", () => {
  const file = "server: { port: 1001, host: 127.0.0.4, logLevel: debug }\nenforce: report\n";
  const dotenv = "PORT=1002\nHOST=127.0.0.3\nLOG_LEVEL=trace\n";
  const env = { OIDC_ISSUER: ISSUER, PORT: "1003", HOST: "127.0.0.2" };

  test("flags beat the environment, which beats .env, which beats the file, which beats the default", () => {
    const { server, logging, enforce, tokens } = load({ file, dotenv, env, flags: { port: "1004" } });
    expect(server.port).toBe(1004);
    expect(server.host).toBe("127.0.0.2");
    expect(logging.level).toBe("trace");
    expect(enforce).toBe("report");
    expect(tokens.scopeMode).toBe("strict");
  });

  test("I07: needs nothing but OIDC_ISSUER", () => {
    const config = load({});
    expect(config.issuers).toMatchObject([{ issuer: ISSUER, audiences: ["http://localhost:8080"] }]);
    expect(config.upstreams[0].url).toBe("http://localhost:11434");
    expect(config.database).toBe("sqlite:./attach.db");
    expect(config.warnings).toEqual([]);
  });

  test("an empty variable is unset, and leaves the word to what is behind it", () => {
    const { server, logging } = load({
      dotenv,
      env: { OIDC_ISSUER: ISSUER, PORT: "", HOST: "  ", LOG_LEVEL: "" },
    });
    expect(server).toMatchObject({ port: 1002, host: "127.0.0.3" });
    expect(logging.level).toBe("trace");
  });

  test("--config names another file, which must then exist", () => {
    writeFileSync(join(cwd, "other.yaml"), "server: { port: 1005 }");
    expect(load({ flags: { config: "other.yaml" } }).server.port).toBe(1005);
    expect(mistakes({ flags: { config: "absent.yaml" } })).toMatchObject([
      { key: "--config", problem: "names a file that does not exist" },
    ]);
  });

  test("what dev imposes beats everything, and what is said about it elsewhere is not read", () => {
    const config = load({
      file: "issuers: [{ issuer: https://a.example.com, audiences: [x] }]",
      env: { OIDC_ISSUER: "not an issuer", OIDC_AUD: "y", PORT: "1" },
      imposed: { issuers: [{ issuer: "http://localhost:9" }], "server.port": 4000 },
      command: "dev",
    });
    expect(config.issuers).toMatchObject([
      { issuer: "http://localhost:9", audiences: ["http://localhost:4000"] },
    ]);
    expect(config.server.port).toBe(4000);
  });

  test("tells what was given from what is a default, right or wrong", () => {
    const named = namedSettings({ cwd, env: { OIDC_ISSUER: "wrong", AUTH0_CLIENT: "" } });
    expect(named.has("issuers.0.issuer")).toBe(true);
    expect(named.has("upstreams.0.url")).toBe(false);
    expect(namedSettings({ cwd, env: { AUTH0_DOMAIN: "t.auth0.com" } }).has("issuers.0.issuer")).toBe(true);
  });
});

describe("what is read", () => {
  test("is frozen to the bottom", () => {
    const config = load({});
    const parts: unknown[] = [config];
    for (const part of parts) {
      expect(Object.isFrozen(part)).toBe(true);
      if (typeof part === "object" && part !== null)
        parts.push(...Object.values(part).filter((value) => typeof value === "object" && value !== null));
    }
    expect(parts.length).toBeGreaterThan(10);
  });

  test("turns times and sizes into the unit of their name", () => {
    const env = { OIDC_ISSUER: ISSUER, SESSION_MAX: "90", MAX_BODY: "1GiB", ENGINE_IDLE_TIMEOUT: "1500ms" };
    const { tokens, server, upstreams } = load({ env, file: "upstreams: [{ connectTimeout: 7 }]" });
    expect(tokens).toEqual({
      ttlSeconds: 300,
      minTtlSeconds: 30,
      maxTtlSeconds: 3600,
      sessionMaxSeconds: 90,
      depth: 3,
      scopeMode: "strict",
    });
    expect(server.maxBodyBytes).toBe(2 ** 30);
    expect(upstreams[0]).toMatchObject({ idleTimeoutMs: 1500, connectTimeoutMs: 7000 });
  });

  test("takes a list with spaces or commas, and an Auth0 subject with its bar", () => {
    const env = {
      OIDC_ISSUER: ISSUER,
      OIDC_AUD: "a, b c",
      ADMIN_SUBJECTS: `${ISSUER}|auth0|1, ${ISSUER}|cn=x,dc=y`,
      CORS_ORIGINS: "https://App.example.com:443/ https://app.example.com",
    };
    const { issuers, scopes, cors } = load({ env });
    expect(issuers[0]?.audiences).toEqual(["a", "b", "c"]);
    expect(scopes.admins).toEqual([
      { iss: ISSUER, sub: "auth0|1" },
      { iss: ISSUER, sub: "cn=x,dc=y" },
    ]);
    expect(cors.origins).toEqual(["https://app.example.com"]);
  });

  test("knows the earlier gateway's AUTH0_DOMAIN and AUTH0_CLIENT, where nothing else names them", () => {
    const auth0 = { AUTH0_DOMAIN: "t.eu.auth0.com", AUTH0_CLIENT: "c1" };
    const login = { domain: "t.eu.auth0.com", clientId: "c1", audience: "http://localhost:8080" };
    expect(load({ env: auth0 }).login).toEqual({ ...login, issuer: "https://t.eu.auth0.com/" });
    expect(load({ env: { ...auth0, OIDC_ISSUER: ISSUER, OIDC_CLIENT_ID: "c2" } }).login).toEqual({
      ...login,
      clientId: "c2",
      issuer: ISSUER,
    });
  });

  test("keeps a path before the engine's, without the slash at its end", () => {
    expect(load({ flags: { upstream: "https://engine.example.com/openai/" } }).upstreams[0].url).toBe(
      "https://engine.example.com/openai",
    );
    expect(load({ flags: { upstream: "http://localhost:11434/" } }).upstreams[0].url).toBe(
      "http://localhost:11434",
    );
  });

  test("never uses a key or an audience of the file's server for another that the environment names", () => {
    const file = `
issuers: [{ issuer: https://file.example.com, audiences: [from-file], requireScopes: true }]
upstreams: [{ url: https://engine.example.com, apiKey: { env: FILE_KEY } }]`;
    const env = { OIDC_ISSUER: ISSUER, FILE_KEY: "sk-1" };
    const config = load({ file, env, flags: { upstream: "https://other.example.com" } });
    expect(config.issuers).toMatchObject([
      { issuer: ISSUER, audiences: ["http://localhost:8080"], requireScopes: false },
    ]);
    expect(config.upstreams[0].credential).toBeNull();
    expect(config.warnings).toEqual([
      "OIDC_ISSUER takes the place of issuers[0] in attach.yaml, which is not used",
      "--upstream takes the place of upstreams[0] in attach.yaml, which is not used",
    ]);
    expect(
      load({ file, env: { FILE_KEY: "sk-1", ENGINE_URL: "https://engine.example.com/" } }).upstreams[0]
        .credential?.value,
    ).toBe("Bearer sk-1");
  });
});

describe("a secret", () => {
  const env = { OIDC_ISSUER: ISSUER };

  test("may come from the file that NAME_FILE names, without the newline at its end", () => {
    writeFileSync(join(cwd, "key"), "sk-from-file\n");
    expect(load({ env: { ...env, ENGINE_API_KEY_FILE: "key" } }).upstreams[0].credential?.value).toBe(
      "Bearer sk-from-file",
    );
  });

  test("is refused when both are set, and when the file is absent or empty", () => {
    writeFileSync(join(cwd, "empty"), "\n");
    const found = mistakes({
      env: {
        ...env,
        ENGINE_API_KEY: "sk-1",
        ENGINE_API_KEY_FILE: "key",
        METRICS_TOKEN_FILE: "absent",
        ATTACH_SECRET_FILE: "empty",
      },
    });
    expect(found.map(({ key, problem }) => `${key} ${problem}`)).toEqual([
      "METRICS_TOKEN_FILE names a file that cannot be read (ENOENT)",
      "ENGINE_API_KEY_FILE is set, and so is ENGINE_API_KEY: set one of the two",
      "ATTACH_SECRET_FILE names a file that is empty",
    ]);
  });

  test("is named in the file, never written there", () => {
    const named = load({ env: { ...env, KEY: "sk-1" }, file: "upstreams: [{ apiKey: { env: KEY } }]" });
    expect(named.upstreams[0].credential?.value).toBe("Bearer sk-1");
    expect(mistakes({ file: "upstreams: [{ apiKey: sk-1 }]" })).toMatchObject([
      { key: "upstreams[0].apiKey in attach.yaml", example: "apiKey: {env: ENGINE_API_KEY}" },
    ]);
    expect(mistakes({ file: "upstreams: [{ apiKey: { env: ABSENT } }]" })[0]?.problem).toBe(
      "names ABSENT, which is not set",
    );
    expect(mistakes({ file: "database: postgres://a:b@c/d" })[0]?.problem).toContain("must not be written");
    expect(load({ file: "database: sqlite:./x.db" }).database).toBe("sqlite:./x.db");
  });

  test("S13: is at least 32 bytes, each of several", () => {
    const long = "k".repeat(32);
    expect(load({ env: { ...env, ATTACH_SECRET: `${long},${long}2` } }).secret).toBe(`${long},${long}2`);
    expect(load({ env: { ...env, ATTACH_SECRET: "ü".repeat(16) } }).secret).toBe("ü".repeat(16));
    for (const bad of ["k".repeat(31), `${long},short`, `${long},`, `${long}, ,${long}`])
      expect(mistakes({ env: { ...env, ATTACH_SECRET: bad } })[0]?.key).toBe("ATTACH_SECRET");
  });
});

describe("the file", () => {
  test.each([
    ["server: { prot: 1 }", "server.prot in attach.yaml", 'is not a setting; did you mean "port"?'],
    ["servre: {}", "servre in attach.yaml", 'is not a setting; did you mean "server"?'],
    ["zzz: {}", "zzz in attach.yaml", "is not a setting"],
    ["__proto__: { port: 1 }", "__proto__ in attach.yaml", "is not a setting"],
    ["server: 5", "server in attach.yaml", "must be a map of settings"],
    ["upstreams: http://x", "upstreams in attach.yaml", "must be a list"],
    ["issuers: [{ audiences: [x] }]", "OIDC_ISSUER", "is missing"],
    ["issuers: [{ issuer: https://a.example.com }, {}]", "issuers[1].issuer", "is missing"],
    ["server: { port: '80' }", "server.port in attach.yaml", "must be a whole number from 0 to 65535"],
    ["server: { host: 5 }", "server.host in attach.yaml", "must be text"],
    [
      "upstreams: [{ identityHeaders: maybe }]",
      "upstreams[0].identityHeaders in attach.yaml",
      "must be on or off (true or false)",
    ],
    ["a: 1\na: 2", "attach.yaml", "is not YAML at line 2 (duplicate key)"],
    ["a: [", "attach.yaml", "is not YAML at line 1 (bad indent)"],
    ["- 1", "attach.yaml", "must be a map of settings"],
  ])("with %j is refused: %s %s", (file, key, problem) => {
    const env = file.startsWith("issuers") ? {} : { OIDC_ISSUER: ISSUER };
    expect(mistakes({ file, env })).toContainEqual(expect.objectContaining({ key, problem }));
  });

  test("may be empty, and null is unset", () => {
    expect(load({ file: "# nothing\n" }).server.port).toBe(8080);
    expect(load({ file: "server:\n  port:\nupstreams:\n" }).server.port).toBe(8080);
  });
});

test("S20: a laptop goes on without news of other processes' revocations, unless it is told not to", () => {
  expect(load({}).revocations.staleAfterMs).toBeNull();
  const env = { OIDC_ISSUER: ISSUER, REVOCATIONS_FAIL_CLOSED: "on" };
  expect(load({ env }).revocations.staleAfterMs).toBe(5_000);
  expect(load({ env: { ...env, REVOCATIONS_MAX_LAG: "2s" } }).revocations.staleAfterMs).toBe(2_000);
});
