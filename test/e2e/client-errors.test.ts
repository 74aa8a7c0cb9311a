import { type ErrorResponse, Ollama } from "ollama";
import OpenAI, { APIError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HEALTH, type NamedEngine, startNamedEngine } from "../support/relay/named-engine.ts";
import { type Rig, startRig } from "../support/relay/rig.ts";

/** Issue of dialects: whatever the gateway refuses, the engines' own SDKs show why. The real packages, as their makers ship them. */
let engine: NamedEngine;
let rig: Rig;
/** One that gives nobody a token's worth. */
let strict: Rig;
beforeAll(async () => {
  engine = await startNamedEngine("engine");
  rig = await startRig([
    { name: "engine", url: engine.url, models: ["here"], breakerFailures: 0, healthPath: HEALTH },
    { name: "gone", url: "http://127.0.0.1:1", models: ["gone"], breakerFailures: 1, breakerOpen: "60s" },
  ]);
  strict = await startRig(engine.url, { MAX_TOKENS_PER_MIN: "1" });
});
afterAll(async () => {
  await Promise.all([rig.stop(), strict.stop()]);
  await engine.stop();
});

interface Told {
  readonly status: number | undefined;
  readonly message: string;
  readonly code?: string | null | undefined;
  readonly kind?: string;
}

async function byOpenAi(model: string, { url, token } = rig): Promise<Told> {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });
  try {
    await client.chat.completions.create({ model, messages: [{ role: "user", content: "hi" }] });
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    return { status: error.status, message: error.message, code: error.code, kind: error.constructor.name };
  }
  throw new Error("it was not refused");
}

async function byOllama(model: string, { url, token } = rig): Promise<Told> {
  const client = new Ollama({ host: url, headers: { Authorization: `Bearer ${token}` } });
  try {
    await client.chat({ model, messages: [{ role: "user", content: "hi" }] });
  } catch (error) {
    const { status_code: status, error: message } = error as ErrorResponse & { status_code: number };
    return { status, message: message ?? String(error) };
  }
  throw new Error("it was not refused");
}

const asked: readonly (readonly [string, (model: string, at?: Rig) => Promise<Told>])[] = [
  ["openai", byOpenAi],
  ["ollama", byOllama],
];

describe.each(asked)("what the %s package shows", (name, ask) => {
  const isOpenAi = name === "openai";

  test("of 401: that the token is not good", async () => {
    const told = await ask("here", { ...rig, token: `${rig.token.slice(0, -4)}AAAA` });
    expect(told.status).toBe(401);
    expect(told.message).toMatch(/token/);
    if (isOpenAi) expect(told).toMatchObject({ kind: "AuthenticationError", code: "invalid_token" });
  });

  test("of 403: the scope that is missing", async () => {
    const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: rig.token, maxRetries: 0 });
    const ollama = new Ollama({ host: rig.url, headers: { Authorization: `Bearer ${rig.token}` } });
    const refused = isOpenAi ? client.files.list() : ollama.delete({ model: "here" });
    await expect(refused).rejects.toThrow(/llm:admin/);
  });

  test("of 404: that nobody serves the model", async () => {
    const told = await ask("unheard-of");
    expect(told.status).toBe(404);
    expect(told.message).toContain("no upstream of this gateway serves this model");
    if (isOpenAi) expect(told.kind).toBe("NotFoundError");
  });

  test("of 502: that the engine cannot be reached, and not where it is", async () => {
    engine.answer = (_request, response) => void response.socket?.destroy();
    const told = await ask("here");
    expect(told.status).toBe(502);
    expect(told.message).toContain("could not be reached");
    expect(told.message).not.toContain("127.0.0.1");
    if (isOpenAi) expect(told).toMatchObject({ kind: "InternalServerError", code: "upstream_unreachable" });
  });

  test("of 429: that the quota is used up", async () => {
    const told = await ask("here", strict);
    expect(told.status).toBe(429);
    expect(told.message).toMatch(/token/);
    if (isOpenAi) expect(told).toMatchObject({ kind: "RateLimitError", code: "too_many_requests" });
  });

  test("of 503: that the engine is left alone after failures", async () => {
    await ask("gone");
    const told = await ask("gone");
    expect(told.status).toBe(503);
    expect(told.message).toContain("left alone for a moment");
    if (isOpenAi) expect(told.code).toBe("upstream_unavailable");
  });
});
