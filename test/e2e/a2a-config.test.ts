import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevIssuer } from "@attach-dev/dev-issuer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReferenceAgent, startReferenceAgent } from "../support/a2a-agent.ts";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway.ts";

let agent: ReferenceAgent;
let issuer: Awaited<ReturnType<typeof startDevIssuer>>;
let folder: string;
let port: number;
beforeAll(async () => {
  port = await freePort();
  folder = await mkdtemp(join(tmpdir(), "attach-agents-"));
  agent = await startReferenceAgent();
  issuer = await startDevIssuer({ audience: `http://localhost:${port}` });
});
afterAll(async () => {
  await Promise.all([agent?.close(), issuer?.close()]);
  await rm(folder, { recursive: true, force: true });
});

const start = (yaml: string, env: Record<string, string> = {}): Promise<GatewayProcess> => {
  writeFileSync(join(folder, "attach.yaml"), yaml);
  return startGateway({ port, folder, env: { OIDC_ISSUER: issuer.issuer, ...env } });
};

const coder = () => `
agents:
  - id: coder
    secret: {env: CODER_SECRET}
    scopes: [a2a:send, llm:read]
    endpoint: {url: "${agent.url}"}
a2a: {defaultAgent: coder}
`;
const CODER_SECRET = "a-secret-of-the-coder-that-is-long-enough";

/** A service account's token: the agent proves itself by what the configuration holds. */
const accountToken = (gateway: GatewayProcess, secret: string) =>
  fetch(`${gateway.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "coder",
      client_secret: secret,
      scope: "llm:read",
    }),
  });

describe("agents of the configuration", () => {
  test("A02: are records like any other, callable in one's own network, and at the root where they are the default", async () => {
    const gateway = await start(coder(), { CODER_SECRET });
    const card = (await (await fetch(`${gateway.url}/.well-known/agent-card.json`)).json()) as {
      supportedInterfaces: { url: string }[];
    };
    expect(card.supportedInterfaces[0]?.url).toBe(`http://localhost:${port}/a2a/agents/coder/rpc`);
    expect((await accountToken(gateway, CODER_SECRET)).status).toBe(200);
    expect((await accountToken(gateway, "another secret")).status).toBe(401);
    await gateway.stop();
  });

  test("a changed secret takes the place of the old one, a removed agent is gone", async () => {
    const changed = "another-secret-of-the-coder-long-enough";
    const second = await start(coder(), { CODER_SECRET: changed });
    expect((await accountToken(second, CODER_SECRET)).status).toBe(401);
    expect((await accountToken(second, changed)).status).toBe(200);
    await second.stop();
    const third = await start("agents: []\n");
    expect((await fetch(`${third.url}/a2a/agents/coder/.well-known/agent-card.json`)).status).toBe(404);
    expect((await accountToken(third, changed)).status).toBe(401);
    await third.stop();
  });

  test("keys come from a file; without any credential an agent is called and asks for nothing itself", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(join(folder, "keys.json"), JSON.stringify({ keys: [publicKey.export({ format: "jwk" })] }));
    const gateway = await start(`
agents:
  - {id: keyed, jwks: ./keys.json}
  - {id: mute, endpoint: {url: "${agent.url}"}}
`);
    expect((await fetch(`${gateway.url}/a2a/agents/mute/.well-known/agent-card.json`)).status).toBe(200);
    for (const client_id of ["keyed", "mute"]) {
      const body = { grant_type: "client_credentials", client_id, client_secret: "" };
      const answer = await fetch(`${gateway.url}/oauth/token`, {
        method: "POST",
        body: new URLSearchParams(body),
      });
      expect(answer.status).toBe(401);
    }
    await gateway.stop();
  });
});
