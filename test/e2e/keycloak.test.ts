import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DemoEngine, startDemoEngine } from "@attach-dev/demo-engine";
import { type DevIssuer, logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";
import { KEYCLOAK_START_MS, type Keycloak, startKeycloak, withoutKeycloak } from "../support/keycloak.ts";
import { approve } from "../support/keycloak-browser.ts";
import {
  KEYCLOAK_AUDIENCE,
  KEYCLOAK_CLIENT,
  KEYCLOAK_MACHINE,
  KEYCLOAK_ROLES,
  KEYCLOAK_USERS,
} from "../support/keycloak-realm.ts";
import { runProgram } from "../support/program.ts";

/** A real Keycloak as the second issuer, beside another provider. */
const skipped = withoutKeycloak();
const OTHER_AUDIENCE = "https://gateway.test";

describe.skipIf(skipped)("I02: a real Keycloak as the second issuer", () => {
  let keycloak: Keycloak;
  let other: DevIssuer;
  let engine: DemoEngine;
  let gateway: GatewayProcess;
  let folder: string;
  let signedByOldKey: string;

  beforeAll(async () => {
    [keycloak, other, engine] = await Promise.all([
      startKeycloak(),
      startDevIssuer({ audience: OTHER_AUDIENCE }),
      startDemoEngine(),
    ]);
    folder = await mkdtemp(join(tmpdir(), "attach-test-"));
    const settings = {
      issuers: [
        { issuer: other.issuer, audiences: [OTHER_AUDIENCE] },
        {
          issuer: keycloak.issuer,
          audiences: [KEYCLOAK_AUDIENCE],
          claims: { name: "preferred_username", roles: "realm_access.roles" },
          roleScopes: [{ role: KEYCLOAK_ROLES.admin, scopes: ["admin", "audit:read"] }],
        },
      ],
    };
    // JSON is YAML.
    await writeFile(join(folder, "attach.yaml"), JSON.stringify(settings));
    gateway = await startGateway({
      folder,
      args: ["serve", "--config", "attach.yaml"],
      env: { ENGINE_URL: engine.url },
    });
  }, KEYCLOAK_START_MS + 30_000);

  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([keycloak?.stop(), other?.close(), engine?.close()]);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const call = (path: string, bearer: string) =>
    fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${bearer}` } });
  const tokensOf = (user: keyof typeof KEYCLOAK_USERS) =>
    keycloak.token({
      grant_type: "password",
      client_id: KEYCLOAK_CLIENT,
      scope: "openid",
      ...KEYCLOAK_USERS[user],
    });
  /** Another key, of which the one of the highest priority signs. */
  const addKey = async (name: string, priority: number) => {
    const { id: parentId } = (await keycloak.admin("GET", "")) as { id: string };
    await keycloak.admin("POST", "/components", {
      name,
      providerId: "rsa-generated",
      providerType: "org.keycloak.keys.KeyProvider",
      parentId,
      config: { priority: [`${priority}`], enabled: ["true"], active: ["true"], algorithm: ["RS256"] },
    });
  };
  const accessOf = async (user: keyof typeof KEYCLOAK_USERS) => (await tokensOf(user))["access_token"] ?? "";

  test("its users are known, beside those of another provider", async () => {
    expect((await call("/api/tags", await accessOf("alice"))).status).toBe(200);
    const theirs = await logIn({ issuer: other.issuer, user: "alice" });
    expect((await call("/api/tags", theirs.accessToken)).status).toBe(200);
  });

  test("S05: its realm roles give what they are mapped to, and to nobody else", async () => {
    const of = (sub: string) => `/attach/v1/audit?user=${encodeURIComponent(`${keycloak.issuer}|${sub}`)}`;
    expect((await call(of("somebody"), await accessOf("alice"))).status).toBe(200);
    expect((await call(of("somebody"), await accessOf("bob"))).status).toBe(403);
  });

  test("S06: its ID token is no bearer", async () => {
    const { id_token = "" } = await tokensOf("alice");
    const refused = await call("/api/tags", id_token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain("ID token");
  });

  test("S04: its client's own token is a machine's, and gets no default scopes", async () => {
    const { access_token = "" } = await keycloak.token({
      grant_type: "client_credentials",
      ...KEYCLOAK_MACHINE,
    });
    const refused = await call("/api/tags", access_token);
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toContain("insufficient_scope");
  });

  test("its user's token becomes an agent's, with the owner's own issuer in it", async () => {
    const subject = await accessOf("alice");
    const response = await fetch(`${gateway.url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: subject,
        subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
        client_id: "research-agent",
        scope: "llm:read",
      }),
    });
    expect(response.status).toBe(200);
    const { access_token } = (await response.json()) as { access_token: string };
    const claims = decode(access_token);
    expect(claims).toMatchObject({
      sub: decode(subject)["sub"],
      sub_id: { format: "iss_sub", iss: keycloak.issuer, sub: decode(subject)["sub"] },
      client_id: "research-agent",
      scope: "llm:read",
    });
    expect((await call("/api/tags", access_token)).status).toBe(200);
  });

  test("a rotation of its keys is followed: the new one at once, the old one until it is withdrawn", async () => {
    const before = await accessOf("alice");
    expect((await call("/api/tags", before)).status).toBe(200);
    await addKey("rotated", 200);
    const after = await accessOf("bob");
    expect(headerOf(after)["kid"]).not.toBe(headerOf(before)["kid"]);
    expect((await call("/api/tags", after)).status).toBe(200);
    expect((await call("/api/tags", before)).status).toBe(200);
    signedByOldKey = before;
  });

  test("I06: `attach-gateway login` signs a person in by its device flow, keeps it, and the token is good here", async () => {
    const login = () => runProgram(["login", ...who], { HOME: folder });
    const who = ["--issuer", keycloak.issuer, "--client-id", KEYCLOAK_CLIENT];
    await using asking = await login();
    const [, address = ""] = await asking.says(/^ {2}(http\S+\?user_code=\S+)$/m);
    expect(await approve(address, KEYCLOAK_USERS.alice)).toContain("Device Login Successful");
    expect(await asking.ended()).toBe(0);
    const token = asking.stdout().trim();
    expect(decode(token)).toMatchObject({ iss: keycloak.issuer, preferred_username: "alice" });
    expect((await call("/api/tags", token)).status).toBe(200);

    await using again = await login();
    expect([await again.ended(), again.stdout().trim()]).toEqual([0, token]);
  });

  test("a key that it has withdrawn is refused, as soon as its set is read again", async () => {
    expect((await call("/api/tags", signedByOldKey)).status).toBe(200);
    const keys = (await keycloak.admin("GET", "/components?type=org.keycloak.keys.KeyProvider")) as Key[];
    const first = keys.find(({ providerId, name }) => providerId === "rsa-generated" && name !== "rotated");
    await keycloak.admin("DELETE", `/components/${first?.id}`);
    // What makes the gateway read the set is a key that it has not seen, and of those at most one in ten seconds.
    await addKey("third", 300);
    const third = await accessOf("bob");
    await expect
      .poll(async () => (await call("/api/tags", third)).status, { timeout: 20_000, interval: 500 })
      .toBe(200);
    expect((await call("/api/tags", signedByOldKey)).status).toBe(401);
  });
});

interface Key {
  readonly id: string;
  readonly name: string;
  readonly providerId: string;
}

const json = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
const headerOf = (token: string) => json(token.split(".")[0]);
const decode = (token: string) => json(token.split(".")[1]);
