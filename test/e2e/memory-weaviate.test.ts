import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryRig, startMemoryRig } from "../support/memory/rig.ts";
import { type Ollama, startOllama, withoutOllama } from "../support/ollama.ts";
import { startWeaviate, type Weaviate, withoutWeaviate } from "../support/weaviate.ts";

const missing = withoutWeaviate();
const missingOllama = withoutOllama();
const API_KEY = "the-key-of-these-tests";

const SECRET = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH";

interface Stored {
  readonly text: string;
  readonly tenant: string;
}

describe.skipIf(missing)(`a gateway whose memory is a real Weaviate${missing ? ` (${missing})` : ""}`, () => {
  let weaviate: Weaviate;
  let rig: MemoryRig;
  beforeAll(async () => {
    weaviate = await startWeaviate({ apiKey: API_KEY });
    rig = await startMemoryRig(settingsOf(weaviate));
  }, 120_000);
  afterAll(async () => {
    await rig?.close();
    await weaviate?.stop();
  });

  test("M02: what is said arrives in the collection MemoryEvent, in a tenant of its user's, without its secrets", async () => {
    await rig.say("/api/chat", {
      model: "tiny",
      messages: [{ role: "user", content: `pangolins and ${SECRET}` }],
    });
    await rig.ask("POST", "/attach/v1/memory", { as: "bob", body: { text: "bob likes pangolins too" } });
    await rig.recalled({ user: "alice" }, 1);
    await arrived(rig);
    const objects = await storedIn(weaviate);
    expect(objects.some(({ text }) => text.includes("pangolins and"))).toBe(true);
    expect(JSON.stringify(objects)).not.toContain(SECRET.slice(8));
    expect(new Set(objects.map(({ tenant }) => tenant)).size).toBe(2);
  });

  test("M04: two users never see each other's, by list, search, id, export or cursor", async () => {
    const { body } = await rig.ask("POST", "/attach/v1/memory", {
      as: "carol",
      body: { text: "carol's zebra" },
    });
    await rig.ask("POST", "/attach/v1/memory", { as: "carol", body: { text: "carol's second zebra" } });
    await arrived(rig);
    const { body: page } = await rig.ask("GET", "/attach/v1/memory?limit=1", { as: "carol" });
    expect(await rig.recall({ user: "carol" })).toHaveLength(2);
    expect(await rig.recall({ user: "dave" })).toEqual([]);
    expect(await rig.recall({ user: "dave" }, "?q=zebra")).toEqual([]);
    expect(await rig.recall({ user: "dave" }, `?cursor=${page["next"]}`)).toEqual([]);
    for (const method of ["GET", "DELETE"])
      expect((await rig.ask(method, `/attach/v1/memory/${body["id"]}`, { as: "dave" })).status).toBe(404);
    expect((await rig.ask("GET", `/attach/v1/memory/${body["id"]}`, { as: "carol" })).status).toBe(200);
  });

  test("M07: while Weaviate is out, writes are accepted and read at once, readiness says so, and all arrives afterwards", async () => {
    await rig.ask("POST", "/attach/v1/memory", { as: "erin", body: { text: "before the outage" } });
    await arrived(rig);
    await weaviate.kill();
    const began = performance.now();
    const { status, body } = await rig.ask("POST", "/attach/v1/memory", {
      as: "erin",
      body: { text: "during the outage" },
    });
    expect(status).toBe(201);
    // Far less than any time-out on the way to Weaviate.
    expect(performance.now() - began).toBeLessThan(1_500);
    expect((await rig.ask("GET", `/attach/v1/memory/${body["id"]}`, { as: "erin" })).body).toMatchObject({
      text: "during the outage",
    });
    const page = await rig.ask("GET", "/attach/v1/memory", { as: "erin" });
    expect(page.body).toMatchObject({
      items: [{ text: "during the outage" }],
      next: expect.any(String),
    });
    // What cannot be shown now is not left out unsaid.
    const rest = await rig.ask("GET", `/attach/v1/memory?cursor=${page.body["next"]}`, { as: "erin" });
    expect(rest.status).toBe(503);
    expect(rest.body).toMatchObject({ code: "memory_unavailable" });
    const seenBy = performance.now() + 3_000;
    while ((await readiness(rig)) !== "degraded") {
      expect(performance.now()).toBeLessThan(seenBy);
      await delay(100);
    }
    expect(await metric(rig, "attach_memory_waiting")).toBeGreaterThan(0);
    await weaviate.restart();
    await arrived(rig);
    // The clock of this gateway stands still: of one moment, either may be shown first.
    const texts = (await rig.recall({ user: "erin" })).map(({ text }) => text);
    expect(texts.toSorted()).toEqual(["before the outage", "during the outage"]);
    await delay(1_100);
    expect(await readiness(rig)).toBe("ok");
  }, 90_000);

  test("M06: erasing reaches Weaviate too, also what was asked for while it was out", async () => {
    await rig.ask("POST", "/attach/v1/memory", { as: "frank", body: { text: "frank's quokka one" } });
    const { body } = await rig.ask("POST", "/attach/v1/memory", {
      as: "grace",
      body: { text: "grace's quokka" },
    });
    await arrived(rig);
    expect((await rig.ask("DELETE", `/attach/v1/memory/${body["id"]}`, { as: "grace" })).status).toBe(204);
    await weaviate.kill();
    expect((await rig.ask("DELETE", "/attach/v1/memory?all=true", { as: "frank" })).body).toEqual({
      erased: 1,
    });
    await weaviate.restart();
    const deadline = performance.now() + 30_000;
    // Nothing of it is shown from the first answer on: what was erased is hidden until it is gone.
    for (let shown: readonly unknown[] | undefined; shown === undefined; await delay(20)) {
      shown = await rig.recall({ user: "frank" }).catch(() => undefined);
      expect(shown ?? []).toEqual([]);
      expect(performance.now()).toBeLessThan(deadline);
    }
    while ((await storedIn(weaviate)).some(({ text }) => text.includes("quokka"))) {
      expect(performance.now()).toBeLessThan(deadline);
      await delay(200);
    }
  }, 90_000);
});

describe.skipIf(missing || missingOllama)(
  `search by meaning, in a real Weaviate with vectors of a real Ollama${missing || missingOllama ? ` (${missing || missingOllama})` : ""}`,
  () => {
    let weaviate: Weaviate;
    let ollama: Ollama;
    beforeAll(async () => {
      [weaviate, ollama] = await Promise.all([
        startWeaviate({ apiKey: API_KEY, env: { ENABLE_MODULES: "text2vec-ollama" } }),
        startOllama(),
      ]);
    }, 120_000);
    afterAll(async () => {
      await weaviate?.stop();
      await ollama?.stop();
    });

    const TEXTS = ["green apples", "the quick brown fox", "sorting by merging", "rain over the hills"];
    const QUESTION = "umbrella";

    /** The order that the model itself gives them; the words of the question are in none. */
    async function byMeaning(): Promise<readonly string[]> {
      const response = await fetch(`${ollama.url}/api/embed`, {
        method: "POST",
        body: JSON.stringify({ model: ollama.model, input: [QUESTION, ...TEXTS] }),
      });
      const { embeddings } = (await response.json()) as { embeddings: number[][] };
      const [asked = [], ...each] = embeddings;
      const near = (vector: number[]) => cosine(asked, vector);
      return TEXTS.map((text, at) => ({ text, near: near(each[at] ?? []) }))
        .sort((a, b) => b.near - a.near)
        .map(({ text }) => text);
    }

    test.each([
      ["our own vectors, by /api/embed", () => ({ MEM_EMBEDDING_MODEL: ollama.model })],
      [
        "a vectorizer of Weaviate's",
        () => ({
          WEAVIATE_VECTORIZER: "text2vec-ollama",
          WEAVIATE_VECTORIZER_OPTIONS: JSON.stringify({ apiEndpoint: ollama.url, model: ollama.model }),
        }),
      ],
    ])(
      "M04: finds by meaning what holds no word of the question: %s",
      async (_, settings) => {
        const rig = await startMemoryRig({ ...settingsOf(weaviate), ...settings(), ENGINE_URL: ollama.url });
        try {
          const user = `of ${_}`.replace(/[^a-z]/g, "");
          for (const text of TEXTS) await rig.ask("POST", "/attach/v1/memory", { as: user, body: { text } });
          await rig.ask("POST", "/attach/v1/memory", { as: "somebody", body: { text: QUESTION } });
          await arrived(rig);
          const found = async (query: string) =>
            (await rig.recall({ user }, `?q=${encodeURIComponent(query)}`)).map(({ text }) => text);
          expect(await found(QUESTION)).toEqual(await byMeaning());
          expect((await found("brown fox"))[0]).toBe("the quick brown fox");
          expect(await rig.recall({ user: "nobody" }, `?q=${QUESTION}`)).toEqual([]);
        } finally {
          await rig.close();
        }
      },
      60_000,
    );
  },
);

function settingsOf({ url, grpcUrl }: Weaviate): Record<string, string> {
  return {
    MEM_BACKEND: "weaviate",
    WEAVIATE_URL: url,
    WEAVIATE_GRPC_URL: grpcUrl,
    WEAVIATE_API_KEY: API_KEY,
  };
}

async function readiness(rig: MemoryRig): Promise<unknown> {
  const response = await fetch(`${rig.url}/readyz`);
  return ((await response.json()) as { checks: Record<string, unknown> }).checks["memory"];
}

async function metric(rig: MemoryRig, name: string): Promise<number> {
  const text = await (await fetch(`${rig.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

/** Waits until nothing waits for Weaviate any more: seen twice, since a record may just be on its way to the outbox. */
async function arrived(rig: MemoryRig): Promise<void> {
  const deadline = performance.now() + 45_000;
  for (let empty = 0; empty < 2; ) {
    await delay(700);
    empty = (await metric(rig, "attach_memory_waiting")) === 0 ? empty + 1 : 0;
    if (performance.now() > deadline) throw new Error("events still wait for Weaviate");
  }
}

/** Every object of every tenant, past the gateway. */
async function storedIn({ url }: Weaviate): Promise<readonly Stored[]> {
  const headers = { authorization: `Bearer ${API_KEY}` };
  const tenants = (await (await fetch(`${url}/v1/schema/MemoryEvent/tenants`, { headers })).json()) as {
    name: string;
  }[];
  const all = tenants.map(async ({ name }) => {
    const response = await fetch(`${url}/v1/objects?class=MemoryEvent&limit=1000&tenant=${name}`, {
      headers,
    });
    const { objects } = (await response.json()) as { objects: { properties: { text: string } }[] };
    return objects.map(({ properties }) => ({ ...properties, tenant: name }));
  });
  return (await Promise.all(all)).flat();
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
