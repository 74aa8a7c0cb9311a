import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadConfig } from "./load.ts";
import { formatMistakes } from "./mistakes.ts";

const cwd = mkdtempSync(join(tmpdir(), "attach-rules-"));
afterAll(() => rmSync(cwd, { recursive: true }));

const ISSUER = "https://login.example.com/realms/main";

type Env = Readonly<Record<string, string>>;

function read(env: Env, command: "serve" | "dev" = "serve") {
  return loadConfig({ cwd, env: { OIDC_ISSUER: ISSUER, ...env }, command });
}

/** What is wrong, a line each. */
function wrong(env: Env, command: "serve" | "dev" = "serve"): readonly string[] {
  const result = read(env, command);
  return result.ok ? [] : result.reason.map(({ key, problem }) => `${key} ${problem}`);
}

function config(env: Env) {
  const result = read(env);
  if (!result.ok) throw new Error(formatMistakes(result.reason));
  return result.value;
}

function withFile(file: string, env: Env = {}) {
  writeFileSync(join(cwd, "rules.yaml"), file);
  const result = loadConfig({ cwd, env, flags: { config: "rules.yaml" } });
  return result.ok ? [] : result.reason.map(({ key, problem }) => `${key} ${problem}`);
}

describe("where it listens", () => {
  test.each(["0.0.0.0", "::", "192.168.1.5", "10.0.0.1", "gateway.internal", "128.0.0.1", "::ffff:10.0.0.1"])(
    "refuses to listen on %s without PUBLIC_URL",
    (HOST) => {
      expect(wrong({ HOST })).toEqual(["PUBLIC_URL must be set, for HOST is reachable from other machines"]);
      expect(wrong({ HOST, PUBLIC_URL: "https://gateway.example.com" })).toEqual([]);
    },
  );

  test.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("listens on %s without more ado", (HOST) => {
    expect(wrong({ HOST })).toEqual([]);
  });

  test.each(["127.0.0.1:80", "[::1]", "a b", "http://x", "-x", "1.2.3", "999.1.1.1"])(
    "refuses %j as HOST",
    (HOST) => {
      expect(wrong({ HOST })).toEqual(["HOST must be an IP address or a host name, without a port"]);
    },
  );

  test("dev listens on loopback only, whatever PUBLIC_URL says", () => {
    expect(wrong({ HOST: "0.0.0.0", PUBLIC_URL: "https://x.example.com" }, "dev")).toEqual([
      "HOST must be loopback for dev, which logs anybody in; use serve",
    ]);
  });

  test.each(["-1", "65536", "80a", "8.5", "0x50", "1e3", "999999999999999999999"])(
    "refuses %j as PORT",
    (PORT) => {
      expect(wrong({ PORT })).toEqual(["PORT must be a whole number from 0 to 65535"]);
    },
  );

  test("takes any free port only where PUBLIC_URL says how it is reached", () => {
    expect(wrong({ PORT: "0" })).toEqual(["PORT can be 0 (any free port) only with PUBLIC_URL"]);
    expect(wrong({ PORT: "0", PUBLIC_URL: "http://localhost:9" })).toEqual([]);
  });

  test.each([
    ["https://x.example.com/path", 'must not have a path ("/path")'],
    ["https://x.example.com/?a", "must not have a query (?)"],
    ["https://x.example.com/#a", "must not have a fragment (#)"],
    ["https://u:p@x.example.com", "must not carry a user name or password"],
    ["https://*.example.com", "must be an exact address, without *"],
    ["ftp://x.example.com", "must begin with http:// or https://"],
    ["x.example.com", "must be a URL"],
    ["https:x.example.com", "must be a URL"],
    ["https://x.example.com\\y", 'must not have a path ("/y")'],
  ])("refuses %s as PUBLIC_URL", (PUBLIC_URL, problem) => {
    expect(wrong({ PUBLIC_URL })).toEqual([`PUBLIC_URL ${problem}`]);
  });

  test("writes PUBLIC_URL as an origin", () => {
    expect(config({ PUBLIC_URL: "HTTPS://X.example.com:443/" }).server.publicUrl).toBe(
      "https://x.example.com",
    );
  });

  test("warns of a PUBLIC_URL in the clear, but not on this machine", () => {
    expect(config({ PUBLIC_URL: "http://x.example.com", AGENT_REGISTRATION: "registered" }).warnings).toEqual(
      [expect.stringContaining("plain http")],
    );
    expect(config({ PUBLIC_URL: "http://localhost:9000" }).warnings).toEqual([]);
  });
});

describe("agent registration", () => {
  const wide = { HOST: "0.0.0.0", PUBLIC_URL: "https://x.example.com" };

  test("S01: is open on loopback, registered beyond it, and warns when opened there", () => {
    expect(config({}).agents.registration).toBe("open");
    expect(config(wide)).toMatchObject({ agents: { registration: "registered" }, warnings: [] });
    expect(config({ ...wide, AGENT_REGISTRATION: "open" })).toMatchObject({
      agents: { registration: "open" },
      warnings: [expect.stringContaining("AGENT_REGISTRATION is open")],
    });
    expect(config({ AGENT_REGISTRATION: "registered" }).agents.registration).toBe("registered");
  });

  test("S01: warns where a loopback HOST stands behind a public address", () => {
    expect(config({ PUBLIC_URL: "https://x.example.com" }).warnings).toEqual([
      expect.stringContaining("AGENT_REGISTRATION is open"),
    ]);
  });
});

describe("issuers", () => {
  test("serve needs one, and says how to go without", () => {
    expect(wrong({ OIDC_ISSUER: "" })).toEqual([
      "OIDC_ISSUER must name your identity provider. To try it without one: attach-gateway dev",
    ]);
    expect(wrong({ OIDC_ISSUER: "" }, "dev")).toEqual([]);
  });

  test.each([
    ["https://x.example.com", "https://x.example.com"],
    ["https://x.example.com", "https://x.example.com/"],
    ["https://x.example.com", "https://X.example.com:443"],
  ])("S04: refuses an issuer that is PUBLIC_URL (%s, %s)", (PUBLIC_URL, OIDC_ISSUER) => {
    expect(wrong({ PUBLIC_URL, OIDC_ISSUER })).toEqual([
      "OIDC_ISSUER must not be PUBLIC_URL: that is the issuer of agent tokens",
    ]);
  });

  test("S04: refuses it when PUBLIC_URL is the default", () => {
    expect(wrong({ OIDC_ISSUER: "http://localhost:8080" })).toHaveLength(1);
  });

  test("are https, except on loopback or by name in INSECURE_ISSUERS", () => {
    const OIDC_ISSUER = "http://idp.example.com";
    expect(wrong({ OIDC_ISSUER })).toEqual([expect.stringContaining("OIDC_ISSUER must be https")]);
    expect(wrong({ OIDC_ISSUER, INSECURE_ISSUERS: "http://idp.example.com/" })).toHaveLength(1);
    expect(config({ OIDC_ISSUER, INSECURE_ISSUERS: OIDC_ISSUER }).issuers[0]?.allowInsecure).toBe(true);
    expect(config({ OIDC_ISSUER: "http://127.0.0.1:9000" }).issuers[0]?.allowInsecure).toBe(false);
    expect(wrong({ OIDC_ISSUER: "http://localhost.evil.example.com" })).toHaveLength(1);
    expect(wrong({ OIDC_ISSUER: "http://127.0.0.1.evil.example.com" })).toHaveLength(1);
  });

  test("are discovered over https too", () => {
    const OIDC_DISCOVERY_URL = "http://idp:8080/.well-known/openid-configuration";
    expect(wrong({ OIDC_DISCOVERY_URL })).toEqual([
      expect.stringContaining("OIDC_DISCOVERY_URL must be https"),
    ]);
    expect(wrong({ OIDC_DISCOVERY_URL, INSECURE_ISSUERS: ISSUER })).toEqual([]);
  });

  test("have an audience always: PUBLIC_URL where none is named", () => {
    expect(config({}).issuers[0]?.audiences).toEqual(["http://localhost:8080"]);
    expect(withFile(`issuers: [{ issuer: "${ISSUER}", audiences: [] }]`)).toEqual([
      "issuers[0].audiences in rules.yaml must not be empty",
    ]);
  });

  test("may be several, each once, with asymmetric algorithms", () => {
    const two = (second: string) => withFile(`issuers: [{ issuer: ${ISSUER} }, { issuer: ${second} }]`);
    expect(two("https://b.example.com")).toEqual([]);
    expect(two(ISSUER)).toEqual(["issuers[1].issuer in rules.yaml is in the list twice"]);
    expect(two(`${ISSUER}/`)).toEqual([
      "issuers[1].issuer in rules.yaml differs from another by a trailing slash only",
    ]);
  });

  test("I03: a shared secret stands alone, is long enough, is nobody else's and not in the file", () => {
    const issuer = (more: string, env: Env = { PARTNER: "p".repeat(32) }) =>
      withFile(`issuers: [{ issuer: ${ISSUER}, ${more} }]`, env).map((line) =>
        line.replace(" in rules.yaml", ""),
      );
    expect(issuer("secret: { env: PARTNER }")).toEqual([]);
    expect(issuer("secret: { env: PARTNER }, algorithms: [HS256]")).toEqual([]);
    expect(issuer("algorithms: [HS256]")[0]).toContain("must not hold HS256 without `secret`");
    expect(issuer("secret: { env: PARTNER }, algorithms: [HS256, RS256]")[0]).toContain(
      "must be HS256 alone",
    );
    expect(issuer("secret: { env: PARTNER }, discoveryUrl: https://x.test/")[0]).toContain(
      "no keys are fetched",
    );
    expect(issuer("secret: { env: PARTNER }", { PARTNER: "p".repeat(31) })[0]).toContain("at least 32 bytes");
    expect(issuer("secret: { env: PARTNER }", {})[0]).toContain("names PARTNER, which is not set");
    expect(issuer(`secret: ${"p".repeat(32)}`)[0]).toContain("must not be written into the file");
    const shared = { PARTNER: "p".repeat(32), ATTACH_SECRET: "p".repeat(32) };
    expect(issuer("secret: { env: PARTNER }", shared)[0]).toContain("must be this issuer's own");
  });

  test("I02: map claims that stay with a user, roles that are somewhere, marks that can be read", () => {
    const issuer = (more: string) => withFile(`issuers: [{ issuer: ${ISSUER}, ${more} }]`)[0];
    expect(issuer("claims: { subject: oid, tenant: tid, roles: roles }")).toBeUndefined();
    for (const subject of ["email", "https://x.test/email", "profile.preferred_username", "azp"])
      expect(issuer(`claims: { subject: "${subject}" }`)).toContain(
        "must be a claim that stays with one user",
      );
    expect(issuer("roleScopes: [{ role: a, scopes: [admin] }]")).toContain(
      "where the roles of `roleScopes` are",
    );
    expect(issuer("claims: { roles: r }, roleScopes: [{ role: a, scopes: [admni] }]")).toContain(
      "does not exist",
    );
    expect(issuer("claims: { roles: r }, roleScopes: [{ role: a, scopes: [admin] }]")).toBeUndefined();
    expect(issuer("serviceAccounts: [m2m]")).toContain("claim=value");
    expect(issuer("serviceAccounts: [a=*]")).toContain("claim=value");
  });

  test("S06: accept ID tokens only where their client is known", () => {
    const file = `issuers: [{ issuer: ${ISSUER}, acceptIdTokens: true }]`;
    expect(withFile(file)).toEqual(["OIDC_CLIENT_ID must be set where acceptIdTokens is on"]);
    expect(withFile(file, { OIDC_CLIENT_ID: "web" })).toEqual([]);
  });

  test("are not confused by AUTH0_DOMAIN that is no host", () => {
    for (const AUTH0_DOMAIN of ["https://t.auth0.com/", "t.auth0.com/x", "a@b", "t.auth0.com:1"])
      expect(wrong({ OIDC_ISSUER: "", AUTH0_DOMAIN })).toEqual([
        "AUTH0_DOMAIN must be a host name alone, without https:// and slashes",
      ]);
  });
});

describe("scopes and administrators", () => {
  test("S05: users get known scopes only", () => {
    expect(wrong({ USER_SCOPES: "llm:read llm:wrte" })).toEqual([
      expect.stringContaining("USER_SCOPES names a scope that does not exist"),
    ]);
    expect(config({ USER_SCOPES: "llm:read mcp:files:read llm:read" }).scopes.user).toEqual([
      "llm:read",
      "mcp:files:read",
    ]);
    expect(config({ USER_SCOPES: "llm:read admin" }).warnings).toEqual([
      expect.stringContaining("gives admin to every user"),
    ]);
  });

  test.each([
    ["alice", "must be pairs of issuer and subject, with a | between"],
    ["idp|alice", "names an issuer that must be a URL"],
    [`${ISSUER}|`, "names a subject that is not 1 to 255 visible ASCII characters"],
    [`${ISSUER}|a ${ISSUER}`, "must be pairs of issuer and subject, with a | between (entry 2 of 2)"],
    [`${ISSUER}/|alice`, `names an issuer that is not configured; did you mean "${ISSUER}"?`],
  ])("refuses %s as an administrator", (ADMIN_SUBJECTS, problem) => {
    expect(wrong({ ADMIN_SUBJECTS })).toEqual([`ADMIN_SUBJECTS ${problem}`]);
  });
});

describe("the engine", () => {
  test.each([
    ["http://u:p@engine", "must not carry a user name or password"],
    ["http://engine?x=1", "must not have a query (?)"],
    ["http://engine/v1", "must not hold /v1 or /api: clients send these themselves"],
    ["http://engine/x/API/", "must not hold /v1 or /api: clients send these themselves"],
    ["http://engine/a/../b", "must have a plain path or none"],
    ["http://engine/%2e%2e", "must have a plain path or none"],
    ["http://engine//a", "must have a plain path or none"],
    ["file:///etc/passwd", "must begin with http:// or https://"],
    ["http://localhost:8080", "is the gateway's own address"],
    ["http://[::1]:8080", "is the gateway's own address"],
  ])("refuses %s", (ENGINE_URL, problem) => {
    expect(wrong({ ENGINE_URL })).toEqual([`ENGINE_URL ${problem}`]);
  });

  test("is refused when it is PUBLIC_URL", () => {
    expect(wrong({ ENGINE_URL: "https://x.example.com", PUBLIC_URL: "https://x.example.com" })).toHaveLength(
      1,
    );
  });

  test("gets no key that could break out of its header, and a warning when it travels in the clear", () => {
    expect(wrong({ ENGINE_API_KEY: "a\r\nX: y" })).toHaveLength(1);
    const ENGINE_API_KEY = "sk-proj_1.2~3+/=";
    expect(config({ ENGINE_API_KEY }).warnings).toEqual([]);
    expect(config({ ENGINE_API_KEY, ENGINE_URL: "http://engine.example.com" }).warnings).toHaveLength(1);
  });

  test("R10: is one of several, each with a name of its own, whatever its case", () => {
    const named = (second: string) =>
      withFile(`upstreams: [{ url: http://a }, { url: http://b, name: ${second} }]`, { OIDC_ISSUER: ISSUER });
    expect(named("Default")).toEqual([
      "upstreams[1].name in rules.yaml is the name of upstreams[0] too; each needs its own",
    ]);
    expect(named("../x")).toEqual([
      "upstreams[1].name in rules.yaml must be letters, digits and -._ only, at most 63",
    ]);
    expect(named("backup")).toEqual([]);
  });

  test("R10: tells everything that is wrong with several at once", () => {
    const file = `
upstreams:
  - { url: http://a, kind: olama, models: ["a*b"], weight: 0 }
  - { url: http://b/v1, name: b, routes: [v1, /v1/], keyHeader: X-Attach-User }
  - { url: http://c, name: c, models: [], keyScheme: Basic, healthPath: "/x?y", breakerOpen: soon }`;
    expect(withFile(file, { OIDC_ISSUER: ISSUER })).toEqual([
      'upstreams[0].kind in rules.yaml must be one of ollama, openai, http; did you mean "ollama"?',
      "upstreams[0].models in rules.yaml may have a * at the end only",
      "upstreams[0].weight in rules.yaml must be a whole number from 1 to 1000",
      "upstreams[1].url in rules.yaml must not hold /v1 or /api: clients send these themselves",
      "upstreams[1].routes in rules.yaml must be the beginning of a path, such as /v1/embeddings, without a slash at the end (entry 1 of 2)",
      "upstreams[1].keyHeader in rules.yaml must be a header that can carry a credential, such as Authorization or X-Api-Key",
      "upstreams[2].healthPath in rules.yaml must be the beginning of a path, such as /v1/embeddings, without a slash at the end",
      "upstreams[2].breakerOpen in rules.yaml must be a time with its unit (ms, s, m, h, d)",
      "upstreams[1].keyHeader in rules.yaml says how a key is sent, and there is none",
      "upstreams[2].keyScheme in rules.yaml says how a key is sent, and there is none",
      "upstreams[2].models in rules.yaml is empty, so that nothing would ever go there",
    ]);
  });

  test("sends its key as a bearer, or in the header that it asks for", () => {
    const credential = (env: Readonly<Record<string, string>>) =>
      config({ ENGINE_API_KEY: "sk-1", ...env }).upstreams[0].credential;
    expect(credential({})).toEqual({ name: "Authorization", value: "Bearer sk-1" });
    expect(credential({ ENGINE_KEY_HEADER: "X-Api-Key" })).toEqual({ name: "X-Api-Key", value: "sk-1" });
    expect(credential({ ENGINE_KEY_HEADER: "X-Key", ENGINE_KEY_SCHEME: "Token" })?.value).toBe("Token sk-1");
  });
});

describe("what this version does not do", () => {
  test("refuses a store and a memory that it does not have", () => {
    expect(wrong({ DATABASE_URL: "postgres://u:p@db/x" })).toEqual([
      "DATABASE_URL is not supported by this version with a postgres address",
    ]);
    expect(wrong({ DATABASE_URL: "mysql://db" })).toEqual(["DATABASE_URL must be sqlite: and a path"]);
    expect(wrong({ MEM_BACKEND: "weaviate" })).toEqual(["WEAVIATE_URL is needed with MEM_BACKEND=weaviate"]);
    expect(config({ MEM_BACKEND: "none" }).warnings).toEqual([]);
  });

  test.each([
    ["WEAVIATE_URL", "http://weaviate:8080"],
    ["WEAVIATE_GRPC_URL", "weaviate:50051"],
    ["WEAVIATE_API_KEY", "w-key"],
  ])("starts with %s, and says in one line that it has no effect", (name, value) => {
    expect(config({ [name]: value }).warnings).toEqual([expect.stringContaining(`${name} has no effect`)]);
  });
});

describe("other limits", () => {
  test.each([
    ["AGENT_TOKEN_TTL", "10s", "must be from 30s to 1h"],
    ["AGENT_TOKEN_MAX_TTL", "2h", "must be from 30s to 1h"],
    ["SESSION_MAX", "8x", "must be a time with its unit (ms, s, m, h, d)"],
    ["MAX_BODY", "1TB", "must be a size with its unit (B, KiB, MiB, GiB)"],
    ["MAX_HEADER", "1KiB", "must be from 4KiB to 256KiB"],
    ["METRICS_TOKEN", "short", "must be at least 16 characters"],
    [
      "LOG_LEVEL",
      "INFO",
      'must be one of fatal, error, warn, info, debug, trace, silent; did you mean "info"?',
    ],
    ["ENFORCE", "off", "must be one of on, report"],
    ["SCOPE_MODE", "loose", "must be one of strict, lenient"],
  ])("refuses %s=%s: it %s", (name, value, problem) => {
    expect(wrong({ [name]: value })).toEqual([`${name} ${problem}`]);
  });

  test("S19: CORS takes exact origins only", () => {
    for (const origin of ["*", "https://*.example.com", "null", "https://a.example.com/x", "a.example.com"])
      expect(wrong({ CORS_ORIGINS: origin })).toEqual([expect.stringContaining("CORS_ORIGINS must")]);
  });

  test("policies of the operator's own stand beside the shipped ones, or alone; none at all is a mistake", () => {
    expect(config({}).policy).toEqual({ files: [], defaults: true });
    const own = { POLICY_DIR: "./policies ./more/one.cedar", POLICY_DEFAULTS: "off" };
    expect(config(own).policy).toEqual({ files: ["./policies", "./more/one.cedar"], defaults: false });
    expect(wrong({ POLICY_DEFAULTS: "off" })).toEqual([
      expect.stringContaining("POLICY_DEFAULTS leaves no policy at all"),
    ]);
  });

  test("a token's default life fits its longest", () => {
    expect(wrong({ AGENT_TOKEN_TTL: "30m", AGENT_TOKEN_MAX_TTL: "10m" })).toEqual([
      "AGENT_TOKEN_TTL must not be longer than AGENT_TOKEN_MAX_TTL",
    ]);
  });
});

describe("mistakes", () => {
  test("are all reported at once, each with its key and an example", () => {
    const result = read({
      PORT: "x",
      HOST: "a b",
      LOG_LEVEL: "loud",
      OIDC_ISSUER: "idp",
      ENGINE_URL: "engine",
    });
    if (result.ok) throw new Error("nothing was found wrong");
    expect(result.reason.map(({ key }) => key).sort()).toEqual(
      ["ENGINE_URL", "HOST", "LOG_LEVEL", "OIDC_ISSUER", "PORT"].sort(),
    );
    const text = formatMistakes(result.reason);
    expect(text).toContain("5 mistakes");
    expect(text).toContain("example: PORT=8080");
  });

  test("never show a value: a secret may stand in the wrong place", () => {
    const SECRET = "hunter2-hunter2";
    const everywhere = Object.fromEntries(
      [
        ..."PORT HOST PUBLIC_URL DATABASE_URL REDIS_URL ATTACH_SECRET AGENT_REGISTRATION USER_SCOPES".split(
          " ",
        ),
        ..."ADMIN_SUBJECTS SCOPE_MODE SESSION_MAX OIDC_ISSUER OIDC_DISCOVERY_URL INSECURE_ISSUERS".split(" "),
        ..."DEFAULT_MODEL ENFORCE METRICS_TOKEN LOG_LEVEL CORS_ORIGINS ENGINE_URL MEM_BACKEND".split(" "),
        ..."MAX_TOKENS_PER_MIN USAGE_METERING OPENMETER_URL AUTH0_DOMAIN ENGINE_API_KEY MAX_BODY".split(" "),
      ].map((name) => [name, `${SECRET} "\u0001`]),
    );
    const result = read(everywhere);
    if (result.ok) throw new Error("nothing was found wrong");
    expect(result.reason.length).toBeGreaterThan(20);
    expect(formatMistakes(result.reason)).not.toContain(SECRET);
    expect(formatMistakes(result.reason)).not.toContain("\u0001");
  });
});
