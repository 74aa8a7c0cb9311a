import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HEALTH, type NamedEngine, says, startNamedEngine } from "../support/relay/named-engine.ts";
import { askRaw } from "../support/relay/raw-client.ts";
import { type Rig, startRig } from "../support/relay/rig.ts";

/** R10: several upstreams behind one gateway, and which of them is asked what, with which credential. */
let local: NamedEngine;
let cloud: NamedEngine;
let tools: NamedEngine;
let rig: Rig;
beforeAll(async () => {
  [local, cloud, tools] = (await Promise.all(["local", "cloud", "tools"].map(startNamedEngine))) as [
    NamedEngine,
    NamedEngine,
    NamedEngine,
  ];
  rig = await startRig(
    [
      { name: "local", kind: "ollama", url: local.url, models: ["llama3.2", "qwen3*"], healthPath: HEALTH },
      {
        name: "Cloud",
        kind: "openai",
        url: cloud.url,
        models: ["gpt-5*"],
        apiKey: { env: "CLOUD_KEY" },
        keyHeader: "X-Api-Key",
        identityHeaders: false,
        healthPath: HEALTH,
      },
      { name: "tools", url: tools.url, routes: ["/v1/rerank", "/tools"], healthPath: HEALTH },
    ],
    { CLOUD_KEY: "sk-cloud", DEFAULT_MODEL: "llama3.2", USER_SCOPES: "llm:read engine:any" },
  );
});
afterAll(async () => {
  await rig.stop();
  await Promise.all([local, cloud, tools].map((engine) => engine.stop()));
});
beforeEach(() => {
  for (const engine of [local, cloud, tools]) {
    engine.requests.length = 0;
    engine.answer = says(engine.name);
  }
});

const call = (path: string, init: RequestInit = {}) =>
  fetch(`${rig.url}${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${rig.token}`, ...(init.headers as Record<string, string>) },
  });
const post = (path: string, body: object | string) =>
  call(path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });

/** Which engine served, and the status. */
async function served(answer: Promise<Response>): Promise<string> {
  const response = await answer;
  const body = (await response.json()) as { engine?: string };
  return body.engine ?? String(response.status);
}

describe("R10: an upstream is chosen", () => {
  test("by the model that a body names, whichever dialect names it", async () => {
    expect(await served(post("/v1/chat/completions", { model: "gpt-5-mini", messages: [] }))).toBe("cloud");
    expect(await served(post("/v1/chat/completions", { model: "llama3.2", messages: [] }))).toBe("local");
    expect(await served(post("/api/chat", { model: "qwen3:8b", messages: [] }))).toBe("local");
    expect(await served(post("/v1/embeddings", { input: "x", model: "gpt-5-embed" }))).toBe("cloud");
  });

  test("by the path, where one lists it", async () => {
    expect(await served(post("/v1/rerank", { model: "gpt-5", query: "x" }))).toBe("tools");
    expect(await served(call("/Tools/list"))).toBe("tools");
    expect(tools.requests.at(-1)?.path, "as it was spelled").toBe("/Tools/list");
  });

  test("by order, where nothing names one: lists of models are the first one's", async () => {
    expect(await served(call("/v1/models"))).toBe("local");
    expect(await served(call("/api/tags"))).toBe("local");
  });

  test("a model that nobody serves is 404 in the dialect of the path, and no engine hears of it", async () => {
    const answer = await post("/v1/chat/completions", { model: "unheard-of", messages: [] });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: "not_found", type: "not_found_error" } });
    expect(
      await served(post("/api/chat", { model: "gpt-5", messages: [] })),
      "Ollama's path at OpenAI's",
    ).toBe("404");
    expect([local, cloud, tools].flatMap(({ requests }) => requests)).toEqual([]);
  });

  test("bodies arrive as they were sent, also when they were read", async () => {
    const body = ' { "model" : "llama3.2", "messages":[ ],"n":1.50 } ';
    await post("/api/chat", body);
    expect(local.requests[0]?.body).toBe(body);
    const large = JSON.stringify({ model: "gpt-5", input: "x".repeat(300_000) });
    await post("/v1/embeddings", large);
    expect(cloud.requests[0]?.body).toBe(large);
  });

  test("a body that cannot be read goes to the first, unchanged", async () => {
    expect(await served(post("/v1/chat/completions", "model=gpt-5"))).toBe("local");
    expect(local.requests[0]?.body).toBe("model=gpt-5");
  });
});

describe("R01: a body without a model", () => {
  test("gets DEFAULT_MODEL, and a prompt to /api/chat becomes a message", async () => {
    await post("/api/chat", '{"prompt":"hello"}');
    expect(JSON.parse(local.requests[0]?.body ?? "")).toMatchObject({
      model: "llama3.2",
      messages: [{ role: "user", content: "hello" }],
    });
    await post("/api/generate", '{"prompt":"hello"}');
    expect(local.requests[1]?.body).toBe('{"model":"llama3.2","prompt":"hello"}');
  });
});

describe("R10: an upstream's own prefix", () => {
  test("leads to it whatever the model says, and to paths that are ours", async () => {
    expect(await served(post("/upstreams/local/v1/chat/completions", { model: "gpt-5" }))).toBe("local");
    expect(await served(call("/upstreams/TOOLS/oauth/token?x=%2F"))).toBe("tools");
    expect(tools.requests[0]?.path).toBe("/oauth/token?x=%2F");
    expect(await served(call("/upstreams/cloud"))).toBe("cloud");
    expect(cloud.requests[0]?.path).toBe("/");
  });

  test.each(["/upstreams/local/api/pull", "/Upstreams/LOCAL/API/%70ull", "/upstreams/cloud/v1/files/x"])(
    "S14: %s needs what the path behind it needs",
    async (path) => {
      const answer = await post(path, {});
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain("llm:admin");
      expect(local.requests.concat(cloud.requests)).toEqual([]);
    },
  );

  test.each(["//api/pull", "/../local/api/pull", "/%2e%2e/x", "/api%2fpull", "/api/pull;x", "/%5capi"])(
    "S14: /upstreams/local%s is refused, never repaired",
    async (rest) => {
      const answer = await askRaw(
        rig.url,
        `POST /upstreams/local${rest} HTTP/1.1\r\nHost: g\r\n${rig.bearer}\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(local.requests).toEqual([]);
    },
  );

  test("errors speak the dialect of the path behind it; an unknown name is 404, and 401 to a stranger", async () => {
    const refused = await post("/upstreams/cloud/v1/files", {});
    expect(await refused.json()).toMatchObject({ error: { code: "insufficient_scope" } });
    expect((await call("/upstreams/nobody/v1/models")).status).toBe(404);
    expect((await call("/upstreams")).status).toBe(404);
    expect((await fetch(`${rig.url}/upstreams/local/api/tags`)).status).toBe(401);
  });
});

describe("R04: what each upstream is told", () => {
  test("S16: its own credential in its own header, and no caller's key beside it nor at another", async () => {
    const headers = { "x-api-key": "mine", X_Api_Key: "mine", "api-key": "mine", "x-goog-api-key": "mine" };
    await call("/v1/chat/completions", { method: "POST", headers, body: '{"model":"gpt-5"}' });
    await call("/api/tags", { headers });
    const [toCloud] = cloud.requests;
    expect(toCloud?.headers["x-api-key"]).toBe("sk-cloud");
    expect(JSON.stringify(toCloud?.headers)).not.toContain("mine");
    expect(JSON.stringify(local.requests[0]?.headers)).not.toMatch(/mine|sk-cloud/);
  });

  test("who calls, unless it is a third party's", async () => {
    await call("/api/tags");
    await call("/upstreams/cloud/v1/models");
    expect(local.requests[0]?.headers["x-attach-user"]).toBe("alice");
    const names = Object.keys(cloud.requests[0]?.headers ?? {});
    expect(names.filter((name) => name.startsWith("x-attach"))).toEqual([]);
    expect(cloud.requests[0]?.headers.authorization).toBeUndefined();
  });
});
