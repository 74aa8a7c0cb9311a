import { startDemoEngine } from "@attach-dev/demo-engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRawEngine } from "../support/relay/raw-engine.ts";
import { startRig } from "../support/relay/rig.ts";
import { type Stack, startStack } from "../support/stack.ts";

/** R07 and R08 in one process: what a caller sees of limits. */
let stack: Stack;
afterAll(() => stack?.stop());

const chat = (token: string, fields: Readonly<Record<string, unknown>> = {}, path = "/api/chat") =>
  stack.call(path, token, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "llama3.2",
      messages: [{ role: "user", content: "hello there" }],
      stream: false,
      ...fields,
    }),
  });

interface OllamaAnswer {
  readonly prompt_eval_count: number;
  readonly eval_count: number;
}
const costOf = async (response: Response): Promise<number> => {
  const { prompt_eval_count, eval_count } = (await response.json()) as OllamaAnswer;
  return prompt_eval_count + eval_count;
};

describe("R08: MAX_TOKENS_PER_MIN", () => {
  const LIMIT = 200;
  beforeAll(async () => {
    await stack?.stop();
    stack = await startStack({ MAX_TOKENS_PER_MIN: String(LIMIT) });
  });

  test("R08: tokens in and out per owner; then 429 with Retry-After before the engine sees the call, in each dialect", async () => {
    const token = await stack.userToken("alice");
    let used = 0;
    let refused: Response | undefined;
    for (let i = 0; i < 50 && refused === undefined; i++) {
      const response = await chat(token);
      if (response.status === 200) used += await costOf(response);
      else refused = response;
    }
    expect(refused?.status).toBe(429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused?.headers.get("ratelimit-policy")).toBe(`"tokens-per-minute";q=${LIMIT};w=60`);
    expect(refused?.headers.get("ratelimit")).toMatch(/^"tokens-per-minute";r=\d+;t=\d+$/);
    expect(await refused?.json()).toMatchObject({ code: "too_many_requests", error: expect.any(String) });
    // Several calls were let in, and never more was used than the limit.
    expect(used).toBeGreaterThan(60);
    expect(used).toBeLessThanOrEqual(LIMIT);

    const openAi = await chat(token, { max_tokens: LIMIT }, "/v1/chat/completions");
    expect(openAi.status).toBe(429);
    expect(await openAi.json()).toMatchObject({ error: { type: "rate_limit_error" } });
    // Polls cost nothing, and another owner has a quota of their own.
    expect((await stack.call("/api/tags", token)).status).toBe(200);
    expect((await chat(await stack.userToken("bob"))).status).toBe(200);
  });

  test("R08: an agent's calls count for its owner", async () => {
    const agent = await stack.agentToken("alice", { scope: "llm:read" });
    expect((await chat(agent, { options: { num_predict: LIMIT } })).status).toBe(429);
  });
});

describe("R08: what a call counts as in the end", () => {
  const LIMIT = 10_000;
  const BOUND = 5_000;
  const ask = (url: string, bearer: string, more: object, signal?: AbortSignal) =>
    fetch(`${url}/api/chat`, {
      method: "POST",
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: "llama3.2",
        messages: [{ role: "user", content: "hello there" }],
        ...more,
      }),
      ...(signal === undefined ? {} : { signal }),
    });
  const left = async (response: Response): Promise<number> => {
    await response.text();
    return Number(/r=(\d+)/.exec(response.headers.get("ratelimit") ?? "")?.[1]);
  };

  test("R08: a hang-up is billed for what was generated until then, and the rest of its reserve is free again", async () => {
    const engine = await startDemoEngine({ pace: 60 });
    const rig = await startRig(engine.url, { MAX_TOKENS_PER_MIN: String(LIMIT) });
    const probe = () => ask(rig.url, rig.token, { stream: false, options: { num_predict: 1 } });
    try {
      const before = await left(await probe());
      const leaving = new AbortController();
      const response = await ask(rig.url, rig.token, { options: { num_predict: BOUND } }, leaving.signal);
      // While it runs the whole of its reserve is set aside.
      expect(await left(await probe())).toBeLessThan(before - BOUND);
      let heard = 0;
      try {
        for await (const _ of response.body ?? []) if (++heard === 5) leaving.abort();
      } catch {}
      expect(heard).toBe(5);
      const deadline = performance.now() + 5_000;
      let after = await left(await probe());
      while (after < LIMIT - BOUND) {
        if (performance.now() > deadline) throw new Error("the reserve never came back");
        await new Promise((wake) => setTimeout(wake, 50));
        after = await left(await probe());
      }
      expect(before - after).toBeGreaterThan(heard);
      expect(before - after).toBeLessThan(500);
    } finally {
      await rig.stop();
      await engine.close();
    }
  });

  test("R08: an error of the engine, and an engine that is not there, cost nothing", async () => {
    const engine = await startRawEngine();
    const rig = await startRig(engine.url, { MAX_TOKENS_PER_MIN: String(LIMIT) });
    const call = () => ask(rig.url, rig.token, { options: { num_predict: BOUND } });
    try {
      engine.answer = ({ socket }) =>
        void socket.write(
          "HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        );
      // Of two reserves at once only one fits: were one not returned, the third would be refused.
      for (let i = 0; i < 4; i++) expect((await call()).status).toBe(500);
      engine.answer = ({ socket }) => void socket.destroy();
      for (let i = 0; i < 4; i++) expect((await call()).status).toBe(502);
      engine.close();
      // 503 once the circuit is open: refused after the reserve, which must come back then too.
      for (let i = 0; i < 6; i++) expect([502, 503]).toContain((await call()).status);
    } finally {
      await rig.stop();
      engine.close();
    }
  });
});

describe("R07: requests", () => {
  beforeAll(async () => {
    await stack?.stop();
    stack = await startStack({
      MAX_REQUESTS_PER_MIN: "10",
      MAX_AGENTS_PER_USER: "2",
      MAX_GRANTS_PER_USER: "1",
    });
  });

  test("R07: more in a minute than allowed are refused, by every route together", async () => {
    const token = await stack.userToken("bob");
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) {
      const response = await stack.call(i % 2 === 0 ? "/api/tags" : "/v1/models", token);
      statuses.push(response.status);
      await response.text();
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429]);
    const last = await stack.call("/api/tags", token);
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(50);
  });

  test("R07: a user registers no more agents and makes no more grants than they may", async () => {
    const token = await stack.userToken("alice");
    const post = async (path: string, body: object) => {
      const response = await stack.call(path, token, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      await response.text();
      return response.status;
    };
    const agents = ["one", "two", "three"].map((id) => post("/attach/v1/agents", { id }));
    expect((await Promise.all(agents)).sort()).toEqual([201, 201, 403]);
    const grant = (agent: string) => post("/attach/v1/grants", { agent, scopes: ["llm:read"] });
    expect([await grant("one"), await grant("one"), await grant("two")]).toEqual([201, 201, 403]);
  });

  test("R07: what was let in says how things stand", async () => {
    const response = await stack.call("/api/tags", await stack.userToken("alice"));
    expect(response.headers.get("ratelimit-policy")).toBe('"requests-per-minute";q=10;w=60');
    expect(response.headers.get("ratelimit")).toBe('"requests-per-minute";r=9');
    await response.text();
  });
});

describe("R07: concurrency", () => {
  test("R07: more at once than allowed are refused; an end and a hang-up both make room", async () => {
    const engine = await startRawEngine();
    const rig = await startRig(engine.url, { MAX_CONCURRENT: "2" });
    try {
      engine.answer = () => {};
      const hangUp = new AbortController();
      const call = (signal?: AbortSignal) =>
        fetch(`${rig.url}/api/tags`, {
          headers: { authorization: `Bearer ${rig.token}` },
          ...(signal === undefined ? {} : { signal }),
        });
      const first = call();
      const second = call(hangUp.signal).catch(() => undefined);
      const held = [await engine.called(1), await engine.called(2)];
      const refused = await call();
      expect(refused.status).toBe(429);
      expect(refused.headers.get("retry-after")).toBe("1");
      expect(refused.headers.get("ratelimit-policy")).toBe('"concurrent";q=2;qu="concurrent-requests"');
      const bob = fetch(`${rig.url}/api/tags`, {
        headers: { authorization: `Bearer ${rig.tokenOf("bob")}` },
      });
      const bobs = await engine.called(3);

      hangUp.abort();
      await second;
      await Promise.race(held.map(({ closed }) => closed));
      const third = call();
      const thirds = await engine.called(4);
      expect((await call()).status).toBe(429);

      for (const { socket } of [...held, bobs, thirds])
        if (!socket.destroyed) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
      for (const answer of await Promise.all([first, third, bob])) expect(answer.status).toBe(200);
      engine.answer = ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
      expect((await call()).status).toBe(200);
    } finally {
      await rig.stop();
      engine.close();
    }
  });
});

describe("R07: who tries out credentials", () => {
  beforeAll(async () => {
    await stack?.stop();
    stack = await startStack({ MAX_FAILURES_PER_MIN: "5" });
  });

  test("R07: an address that was refused too often is refused everything at the authority, and nothing at the engine", async () => {
    const subject_token = await stack.userToken("alice");
    const good = () => stack.exchange({ subject_token, client_id: "helper", scope: "llm:read" });
    for (let i = 0; i < 10; i++) expect((await good()).status).toBe(200);
    for (let i = 0; i < 5; i++)
      expect((await stack.exchange({ subject_token: "wrong", client_id: "helper" })).status).toBe(400);
    const refused = await good();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: "temporarily_unavailable" });
    const managing = await stack.call("/attach/v1/agents", subject_token);
    expect(managing.status).toBe(429);
    expect(await managing.json()).toMatchObject({ code: "too_many_requests" });
    expect((await stack.call("/api/tags", subject_token)).status).toBe(200);
  });
});
