import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway } from "../support/gateway.ts";
import { type JwksServer, startJwksServer } from "../support/identity/jwks-server.ts";
import { makeKey, signToken } from "../support/identity/tokens.ts";
import { startWeaviate, type Weaviate, withoutWeaviate } from "../support/weaviate.ts";

const missing = withoutWeaviate();
const USERS = ["alice", "bob", "carol"];

describe.skipIf(missing)(`kill -9 with a real Weaviate${missing ? ` (${missing})` : ""}`, () => {
  const key = makeKey("k1");
  let provider: JwksServer;
  let weaviate: Weaviate;
  let folder: string;
  beforeAll(async () => {
    [provider, weaviate] = await Promise.all([startJwksServer([key.jwk]), startWeaviate()]);
    folder = await mkdtemp(join(tmpdir(), "attach-crash-"));
  }, 120_000);
  afterAll(async () => {
    await Promise.all([provider?.close(), weaviate?.stop()]);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  function token(sub: string): string {
    const iat = Math.floor(Date.now() / 1000);
    return signToken(key, { iss: provider.issuer, sub, aud: "attach", iat, exp: iat + 600 });
  }

  const start = () =>
    startGateway({
      folder,
      env: {
        OIDC_ISSUER: provider.issuer,
        OIDC_AUD: "attach",
        ENGINE_URL: "http://127.0.0.1:9",
        MEM_BACKEND: "weaviate",
        WEAVIATE_URL: weaviate.url,
        WEAVIATE_GRPC_URL: weaviate.grpcUrl,
      },
    });

  async function recall(url: string, sub: string): Promise<readonly string[]> {
    const all: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const response = await fetch(`${url}/attach/v1/memory?limit=200${query}`, {
        headers: { authorization: `Bearer ${token(sub)}` },
      });
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
      const page = (await response.json()) as { items: { text: string }[]; next: string | null };
      all.push(...page.items.map(({ text }) => text));
      cursor = page.next;
    } while (cursor !== null);
    return all;
  }

  /** What lies in Weaviate, past the gateway. */
  async function storedTexts(): Promise<readonly string[]> {
    const get = async (path: string) => (await fetch(`${weaviate.url}${path}`)).json();
    const tenants = (await get("/v1/schema/MemoryEvent/tenants")) as { name: string }[];
    const all: string[] = [];
    for (const { name } of tenants) {
      const path = `/v1/objects?class=MemoryEvent&limit=5000&tenant=${name}`;
      const { objects } = (await get(path)) as { objects: { properties: { text: string } }[] };
      all.push(...objects.map(({ properties }) => properties.text));
    }
    return all;
  }

  /** The user and the text of what was answered by 201. */
  async function load(url: string, life: number, during: () => Promise<void>): Promise<[string, string][]> {
    const accepted: [string, string][] = [];
    let alive = true;
    const lanes = Array.from({ length: 6 }, async (_, lane) => {
      const sub = USERS[lane % USERS.length] ?? "";
      for (let turn = 0; alive; turn++) {
        const text = `life${life}lane${lane}turn${turn}`;
        const headers = { authorization: `Bearer ${token(sub)}`, "content-type": "application/json" };
        try {
          const body = JSON.stringify({ text });
          const response = await fetch(`${url}/attach/v1/memory`, { method: "POST", headers, body });
          if (response.status === 201) accepted.push([sub, text]);
        } catch {
          // It was killed.
        }
        await delay(5);
      }
    });
    await during();
    alive = false;
    await Promise.all(lanes);
    return accepted;
  }

  test("M07: kill -9 of the gateway and of Weaviate under load: every accepted note is there once, at Weaviate too", async () => {
    const accepted: [string, string][] = [];
    for (let life = 0; life < 3; life++) {
      const gateway = await start();
      accepted.push(
        ...(await load(gateway.url, life, async () => {
          await delay(1_200);
          // In the middle of what is being moved, one and the other, in either order.
          if (life !== 1) await weaviate.kill();
          await delay(400);
          await gateway.stop("SIGKILL");
          if (life === 1) await weaviate.kill();
          await delay(50);
        })),
      );
      await weaviate.restart();
    }
    const gateway = await start();
    const deadline = performance.now() + 60_000;
    for (let empty = 0; empty < 3; await delay(700)) {
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      empty = /^attach_memory_waiting 0$/m.test(text) ? empty + 1 : 0;
      expect(performance.now()).toBeLessThan(deadline);
    }
    expect(accepted.length).toBeGreaterThan(100);
    for (const sub of USERS) {
      const found = await recall(gateway.url, sub);
      const mine = accepted.filter(([user]) => user === sub).map(([, text]) => text);
      expect(new Set(found).size).toBe(found.length);
      expect(mine.filter((text) => !found.includes(text))).toEqual([]);
    }
    const stored = await storedTexts();
    expect(new Set(stored).size).toBe(stored.length);
    expect(accepted.filter(([, text]) => !stored.includes(text))).toEqual([]);
    await gateway.stop();
  }, 240_000);
});

test("M02: with `none` nothing is dialled, though an address of Weaviate's is there", async () => {
  const { createServer } = await import("node:net");
  let dialled = 0;
  const server = createServer((socket) => {
    dialled++;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const gateway = await startGateway({
    env: {
      OIDC_ISSUER: "http://127.0.0.1:9",
      OIDC_AUD: "attach",
      MEM_BACKEND: "none",
      WEAVIATE_URL: `http://127.0.0.1:${port}`,
      WEAVIATE_GRPC_URL: `127.0.0.1:${port}`,
    },
  });
  await fetch(`${gateway.url}/readyz`);
  await delay(1_500);
  expect(dialled).toBe(0);
  await gateway.stop();
  server.close();
});
