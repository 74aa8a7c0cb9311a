import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fails, HEALTH, type NamedEngine, says, startNamedEngine } from "../support/relay/named-engine.ts";
import { type Rig, startRig } from "../support/relay/rig.ts";

/** R10: what happens when an upstream fails: who stands in, what is never asked twice, who is avoided and for how long. */
let first: NamedEngine;
let second: NamedEngine;
let rig: Rig;
let isUp = true;
beforeAll(async () => {
  [first, second] = (await Promise.all(["first", "second"].map(startNamedEngine))) as [
    NamedEngine,
    NamedEngine,
  ];
});
beforeEach(async () => {
  if (!isUp) await first.start();
  isUp = true;
  for (const engine of [first, second]) {
    engine.requests.length = 0;
    engine.answer = says(engine.name);
  }
  const common = { healthPath: HEALTH, healthEvery: "0s", breakerFailures: 2, breakerOpen: "60s" };
  rig = await startRig([
    { name: "first", url: first.url, firstByteTimeout: "400ms", maxConcurrency: 2, ...common },
    { name: "second", url: second.url, priority: 1, ...common },
  ]);
});
afterEach(async () => {
  expect(rig.gateway.output()).not.toMatch(/unhandled|uncaught/i);
  await rig.stop();
});
afterAll(async () => {
  await second.stop();
  if (isUp) await first.stop();
});

async function goAway(): Promise<void> {
  await first.stop();
  isUp = false;
}

const call = (path: string, init: RequestInit = {}) =>
  fetch(`${rig.url}${path}`, { ...init, headers: { Authorization: `Bearer ${rig.token}` } });
const chat = (body: RequestInit["body"] = '{"model":"m"}') =>
  call("/v1/chat/completions", {
    method: "POST",
    body: body ?? null,
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
  } as RequestInit);

async function told(answer: Promise<Response>): Promise<[number, string | undefined]> {
  const response = await answer;
  const body = (await response.json()) as { engine?: string; error?: { code?: string } };
  return [response.status, body.engine ?? body.error?.code];
}

describe("R10: the next one stands in", () => {
  test("for one that cannot be reached, with the same request, body and all", async () => {
    await goAway();
    expect(await told(chat())).toEqual([200, "second"]);
    expect(second.requests[0]?.body).toBe('{"model":"m"}');
    expect(second.requests[0]?.headers["x-attach-user"]).toBe("alice");
  });

  test("also for a body that is streamed, of which nothing has been sent", async () => {
    await goAway();
    const text = "x".repeat(200_000);
    expect(await told(chat(new Blob([text]).stream()))).toEqual([200, "second"]);
    expect(second.requests[0]?.body).toBe(text);
    expect(await told(chat(text))).toEqual([200, "second"]);
    expect(second.requests[1]?.body).toBe(text);
  });

  test.each([503, 429])("for one that says %i, which has done nothing", async (status) => {
    first.answer = fails(status);
    expect(await told(chat())).toEqual([200, "second"]);
    expect(first.requests).toHaveLength(1);
  });

  test("for a GET whose connection breaks", async () => {
    first.answer = (_request, response) => void response.socket?.destroy();
    expect(await told(call("/v1/models"))).toEqual([200, "second"]);
  });

  test("but the last one's word is the answer, unchanged", async () => {
    first.answer = fails(503);
    second.answer = fails(503);
    const answer = await chat();
    expect([answer.status, await answer.json()]).toEqual([503, { error: "this is 503" }]);
  });
});

describe("R10: a request that was sent is not sent again", () => {
  test("where the connection breaks: an engine may be at work on it, and be paid for it", async () => {
    first.answer = (_request, response) => void response.socket?.destroy();
    expect(await told(chat())).toEqual([502, "upstream_unreachable"]);
    expect(second.requests).toEqual([]);
  });

  test("where the engine is silent", async () => {
    first.answer = () => {};
    expect(await told(chat())).toEqual([504, "upstream_timeout"]);
    expect(second.requests).toEqual([]);
  });

  test("where its answer has begun: the engine killed mid-stream cuts the caller, and nobody goes on in its place", async () => {
    first.answer = (_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write("data: one\n\n", () => setTimeout(() => response.socket?.destroy(), 50));
    };
    const answer = await chat();
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(second.requests).toEqual([]);
  });

  test("nor where it errs by itself: 500 is its answer", async () => {
    first.answer = fails(500);
    const answer = await chat();
    expect([answer.status, await answer.json()]).toEqual([500, { error: "this is 500" }]);
    expect(second.requests).toEqual([]);
  });
});

describe("R10: an upstream that keeps failing", () => {
  test("is avoided, and asked again soon after it gives a sign of life", async () => {
    await goAway();
    for (let n = 0; n < 3; n++) expect(await told(chat())).toEqual([200, "second"]);
    await first.start();
    isUp = true;
    await expect.poll(() => told(chat()), { timeout: 5_000, interval: 100 }).toEqual([200, "first"]);
  });

  test("is not even tried while it is avoided, and alone it is 503 with a time to come back", async () => {
    first.answer = (_request, response) => void response.socket?.destroy();
    const alone = () => call("/upstreams/first/v1/chat/completions", { method: "POST", body: "{}" });
    for (let n = 0; n < 2; n++) expect((await told(alone()))[0]).toBe(502);
    const asked = first.requests.length;
    const answer = await alone();
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({
      error: { code: "upstream_unavailable", type: "server_error" },
    });
    expect(await told(chat())).toEqual([200, "second"]);
    expect(first.requests).toHaveLength(asked);
  });

  test("shows in /readyz within 3 s, which stays 200", async () => {
    const ready = async () => {
      const answer = await fetch(`${rig.url}/readyz`);
      return [answer.status, ((await answer.json()) as { checks: { upstreams: string } }).checks.upstreams];
    };
    expect(await ready()).toEqual([200, "ok"]);
    await goAway();
    await expect.poll(ready, { timeout: 3_000 }).toEqual([200, "degraded"]);
  });
});

describe("R10: an upstream that is full", () => {
  test("is helped by the next, and alone says when to come back", async () => {
    const waiting: (() => void)[] = [];
    first.answer = (request, response) => void waiting.push(() => says("first")(request, response));
    const alone = (path: string) => call(path, { method: "POST", body: "{}" });
    const held = [alone("/upstreams/first/a/b"), alone("/upstreams/first/a/b")];
    await expect.poll(() => waiting.length).toBe(2);
    expect(await told(chat())).toEqual([200, "second"]);
    const refused = await alone("/upstreams/first/v1/embeddings");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    for (const answer of waiting) answer();
    for (const answer of held) expect((await answer).status).toBe(200);
  });
});
