import { logIn, startDevIssuer } from "@attach-dev/dev-issuer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Around, runExample } from "../support/example.ts";
import { freePort } from "../support/free-port.ts";
import { startGateway } from "../support/gateway.ts";
import { startOllama, withoutOllama } from "../support/ollama.ts";
import { startStack } from "../support/stack.ts";

/** R06: the examples are the test. Each streams through the gateway with a client as its makers ship it, and checks itself. */
const CLIENTS = ["openai", "ollama", "langchain-openai", "langchain-ollama", "langchain-memory", "ai-sdk"];

describe.each([
  ["the demo engine", false, onDemoEngine],
  ["a real Ollama", withoutOllama(), onOllama],
] as const)("R06: on %s", (_name, missing, start) => {
  const stops: (() => Promise<unknown>)[] = [];
  let around: Around;
  beforeAll(async () => {
    if (missing === false) around = await start(stops);
  });
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  test.skipIf(missing).each(CLIENTS)(
    `R06: %s streams by base URL and fetch alone${missing ? ` (${missing})` : ""}`,
    async (client) => {
      const { code, output } = await runExample(`clients/${client}.ts`, around);
      expect(output).toContain(`${client}: done`);
      expect(code, output).toBe(0);
    },
  );
});

async function onDemoEngine(stops: (() => Promise<unknown>)[]): Promise<Around> {
  const stack = await startStack();
  stops.push(stack.stop);
  return { gatewayUrl: stack.publicUrl, userToken: await stack.userToken("alice"), model: "llama3.2" };
}

async function onOllama(stops: (() => Promise<unknown>)[]): Promise<Around> {
  const ollama = await startOllama();
  stops.push(ollama.stop);
  const port = await freePort();
  const gatewayUrl = `http://localhost:${port}`;
  const issuer = await startDevIssuer({ audience: gatewayUrl });
  stops.push(issuer.close);
  const gateway = await startGateway({
    port,
    env: { OIDC_ISSUER: issuer.issuer, ENGINE_URL: ollama.url, LOG_LEVEL: "warn" },
  });
  stops.push(gateway.stop);
  const alice = await logIn({ issuer: issuer.issuer, user: "alice", audience: gatewayUrl });
  return { gatewayUrl, userToken: alice.accessToken, model: ollama.model };
}
