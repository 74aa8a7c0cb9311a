import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway } from "../support/gateway.ts";
import { type JwksServer, startJwksServer } from "../support/identity/jwks-server.ts";
import { makeKey, signToken } from "../support/identity/tokens.ts";
import { ollamaChat, type ScriptedEngine, startScriptedEngine } from "../support/memory/engine.ts";
import type { ShownMemory } from "../support/memory/rig.ts";

const key = makeKey("k1");
let provider: JwksServer;
let engine: ScriptedEngine;
let folder: string;
beforeAll(async () => {
  [provider, engine] = await Promise.all([startJwksServer([key.jwk]), startScriptedEngine()]);
  folder = await mkdtemp(join(tmpdir(), "attach-crash-"));
});
afterAll(async () => {
  await Promise.all([provider?.close(), engine?.close()]);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function token(sub: string): string {
  const iat = Math.floor(Date.now() / 1000);
  return signToken(key, { iss: provider.issuer, sub, aud: "attach", iat, exp: iat + 600 });
}

const start = () =>
  startGateway({
    folder,
    env: { OIDC_ISSUER: provider.issuer, OIDC_AUD: "attach", ENGINE_URL: engine.url, MEM_OPT_OUT: "nobody" },
  });

async function recall(url: string, sub: string): Promise<readonly ShownMemory[]> {
  const headers = { authorization: `Bearer ${token(sub)}` };
  const all: ShownMemory[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${cursor}`;
    const response = await fetch(`${url}/attach/v1/memory?limit=200${query}`, { headers });
    const page = (await response.json()) as { items: ShownMemory[]; next: string | null };
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}

test("M07: kill -9 under load loses no note that was accepted, and keeps each once; what was said long enough ago too", async () => {
  const accepted: string[] = [];
  const said: { readonly text: string; readonly at: number }[] = [];
  engine.answer(ollamaChat("understood"));
  let killedAt = 0;
  for (let life = 0; life < 3; life++) {
    const gateway = await start();
    let alive = true;
    const load = Array.from({ length: 8 }, async (_, lane) => {
      for (let turn = 0; alive; turn++) {
        const text = `life${life}lane${lane}turn${turn}`;
        const headers = { authorization: `Bearer ${token("alice")}`, "content-type": "application/json" };
        try {
          if (lane % 2 === 0) {
            const response = await fetch(`${gateway.url}/attach/v1/memory`, {
              method: "POST",
              headers,
              body: JSON.stringify({ text }),
            });
            if (response.status === 201) accepted.push(text);
          } else {
            const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: text }] });
            const response = await fetch(`${gateway.url}/api/chat`, { method: "POST", headers, body });
            await response.text();
            said.push({ text, at: performance.now() });
          }
        } catch {
          // It was killed.
        }
        await delay(2);
      }
    });
    await delay(1_500);
    killedAt = performance.now();
    await gateway.stop("SIGKILL");
    alive = false;
    await Promise.all(load);
    // Long before the kill: on the disk by then, however busy the machine is.
    const durable = said.filter(({ at }) => at < killedAt - 1_000);
    said.length = 0;
    accepted.push(...durable.map(({ text }) => text));
  }
  expect(accepted.length).toBeGreaterThan(50);
  const gateway = await start();
  try {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const texts = (await recall(gateway.url, "alice"))
        .map(({ text }) => text)
        .filter((text) => text.startsWith("life"));
      expect(new Set(texts).size).toBe(texts.length);
      const lost = accepted.filter((text) => !texts.includes(text));
      if (lost.length === 0) break;
      if (performance.now() > deadline) expect(lost).toEqual([]);
      await delay(100);
    }
    expect(await recall(gateway.url, "bob")).toEqual([]);
  } finally {
    await gateway.stop();
  }
}, 120_000);
