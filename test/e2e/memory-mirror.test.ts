import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { events, ollamaChat, type Script } from "../support/memory/engine.ts";
import { type MemoryRig, startMemoryRig } from "../support/memory/rig.ts";

let rig: MemoryRig;
beforeAll(async () => {
  rig = await startMemoryRig({ MEM_EXCEPT_PATHS: "/v1/completions", MEM_EXCEPT_AGENTS: "private-agent" });
});
afterAll(() => rig.close());

/** Each test has a user of its own, and so a memory. */
let user = "";
let count = 0;
beforeEach(() => {
  user = `user-${count++}`;
});

const messages = [{ role: "user", content: "Which sort is stable?" }];

interface Wire {
  readonly name: string;
  readonly path: string;
  readonly body: object;
  readonly script: Script;
  readonly tokens?: readonly [number, number];
}

const WIRES: readonly Wire[] = [
  {
    name: "Ollama's chat, streamed",
    path: "/api/chat",
    body: { model: "tiny", messages },
    script: ollamaChat("Merge ", "sort", " is."),
    tokens: [7, 3],
  },
  {
    name: "Ollama's chat, whole",
    path: "/api/chat",
    body: { model: "tiny", messages, stream: false },
    script: {
      pieces: [
        JSON.stringify({
          model: "tiny",
          message: { role: "assistant", content: "Merge sort is." },
          done: true,
          prompt_eval_count: 7,
          eval_count: 3,
        }),
      ],
    },
    tokens: [7, 3],
  },
  {
    name: "Ollama's generate",
    path: "/api/generate",
    body: { model: "tiny", prompt: "Which sort is stable?" },
    script: {
      pieces: [
        '{"model":"tiny","response":"Merge sort"}\n',
        '{"model":"tiny","response":" is.","done":true}\n',
      ],
    },
  },
  {
    name: "OpenAI's chat, whole",
    path: "/v1/chat/completions",
    body: { model: "tiny", messages },
    script: {
      pieces: [
        JSON.stringify({
          model: "tiny",
          choices: [{ index: 0, message: { content: "Merge sort is." } }],
          usage: { prompt_tokens: 7, completion_tokens: 3 },
        }),
      ],
    },
    tokens: [7, 3],
  },
  {
    name: "OpenAI's chat, streamed",
    path: "/v1/chat/completions",
    body: { model: "tiny", messages, stream: true },
    script: events(
      { model: "tiny", choices: [{ index: 0, delta: { role: "assistant", content: "Merge " } }] },
      { model: "tiny", choices: [{ index: 0, delta: { content: "sort is." } }] },
      { model: "tiny", choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } },
    ),
    tokens: [7, 3],
  },
  {
    name: "OpenAI's responses, streamed",
    path: "/v1/responses",
    body: { model: "tiny", input: "Which sort is stable?", stream: true },
    script: events(
      { type: "response.output_text.delta", delta: "Merge sort" },
      { type: "response.output_text.delta", delta: " is." },
      {
        type: "response.completed",
        response: {
          model: "tiny",
          output: [{ type: "message", content: [{ type: "output_text", text: "Merge sort is." }] }],
          usage: { input_tokens: 7, output_tokens: 3 },
        },
      },
    ),
    tokens: [7, 3],
  },
  {
    name: "Anthropic's messages, whole",
    path: "/v1/messages",
    body: { model: "tiny", messages },
    script: {
      pieces: [
        JSON.stringify({
          type: "message",
          model: "tiny",
          content: [{ type: "text", text: "Merge sort is." }],
          usage: { input_tokens: 7, output_tokens: 3 },
        }),
      ],
    },
    tokens: [7, 3],
  },
  {
    name: "Anthropic's messages, streamed",
    path: "/v1/messages",
    body: { model: "tiny", messages, stream: true },
    script: events(
      {
        type: "message_start",
        message: { model: "tiny", usage: { input_tokens: 7, output_tokens: 1 }, content: [] },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Merge sort" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: " is." } },
      { type: "message_delta", delta: {}, usage: { output_tokens: 3 } },
    ),
    tokens: [7, 3],
  },
];

describe("M01: every prompt and answer is remembered", () => {
  test.each(WIRES)("M01: $name", async ({ path, body, script, tokens }) => {
    rig.engine.answer(script);
    const { response, text } = await rig.say(path, body, { user });
    expect(text).toBe(script.pieces.join(""));
    const [answer, prompt] = await rig
      .recalled({ user }, 2)
      .then((found) => found.toSorted((a, b) => a.kind.localeCompare(b.kind)));
    const requestId = response.headers.get("x-request-id");
    const session = response.headers.get("x-attach-session-id");
    expect(prompt).toMatchObject({
      kind: "prompt",
      text: "Which sort is stable?",
      model: "tiny",
      source: "mirror",
    });
    expect(answer).toMatchObject({ kind: "answer", text: "Merge sort is.", model: "tiny", agent: null });
    for (const event of [prompt, answer]) {
      expect(event).toMatchObject({ requestId, session, meta: { path, status: 200 } });
      expect(event?.bodyHash).toMatch(/^[0-9a-f]{64}$/);
    }
    if (tokens) expect(answer?.usage).toEqual({ inputTokens: tokens[0], outputTokens: tokens[1] });
  });

  test("M01: an agent's call names its chain, its session and its workflow", async () => {
    rig.engine.answer(ollamaChat("ok"));
    const token = await rig.agentToken("research-agent", "llm:read memory:read", user);
    await rig.say("/api/chat", { model: "tiny", messages }, { token });
    const [event] = await rig.recalled({ user }, 2);
    expect(event).toMatchObject({ agent: "research-agent", chain: ["research-agent"] });
    expect(event?.root).toBeTruthy();
    expect(await rig.recalled({ token }, 2)).toHaveLength(2);
  });

  test("M01: of a conversation that goes on, only what is new is kept", async () => {
    rig.engine.answer(ollamaChat("second answer"));
    const turns = [
      { role: "system", content: "be brief" },
      ...messages,
      { role: "assistant", content: "first answer" },
      { role: "user", content: "and unstable?" },
    ];
    await rig.say("/api/chat", { model: "tiny", messages: turns }, { user });
    const found = await rig.recalled({ user }, 2);
    expect(found.map(({ text }) => text).toSorted()).toEqual(["and unstable?", "second answer"]);
  });

  test("S22: an answer is asked for uncompressed, and read all the same where the engine compresses it", async () => {
    const body = gzipSync(
      JSON.stringify({ model: "tiny", message: { content: "Ein schöner Tag" }, done: true }),
    );
    rig.engine.answer({
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      pieces: [body],
    });
    const { text } = await rig.say(
      "/api/chat",
      { model: "tiny", messages, stream: false },
      { user, headers: { "accept-encoding": "gzip, br" } },
    );
    expect(text).toContain("schöner");
    expect(rig.engine.asked.at(-1)?.headers["accept-encoding"]).toBe("identity");
    expect((await rig.recalled({ user }, 2)).map((event) => event.text)).toContain("Ein schöner Tag");
  });

  test("S22: characters and events that are split between pieces come together", async () => {
    const whole = Buffer.from(
      'data: {"choices":[{"index":0,"delta":{"content":"größer 🙂 weiß"}}]}\n\ndata: [DONE]\n\n',
    );
    const pieces = Array.from(whole, (_, at) => whole.subarray(at, at + 1));
    rig.engine.answer({ headers: { "content-type": "text/event-stream" }, pieces });
    await rig.say("/v1/chat/completions", { model: "tiny", messages, stream: true }, { user });
    expect((await rig.recalled({ user }, 2)).map(({ text }) => text)).toContain("größer 🙂 weiß");
  });

  test("M01: a client that hangs up leaves what was said until then", async () => {
    rig.engine.answer({ ...ollamaChat("one ", "two ", "three"), paceMs: 200 });
    const stop = new AbortController();
    const response = await fetch(`${rig.url}/api/chat`, {
      method: "POST",
      headers: { authorization: `Bearer ${rig.userToken(user)}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "tiny", messages }),
      signal: stop.signal,
    });
    await response.body?.getReader().read();
    stop.abort();
    const answer = (await rig.recalled({ user }, 2)).find(({ kind }) => kind === "answer");
    expect(answer).toMatchObject({ meta: { aborted: true } });
    expect(answer?.text.startsWith("one ")).toBe(true);
    expect(answer?.text).not.toContain("three");
  });

  test("M01: what an engine refuses leaves the prompt alone", async () => {
    rig.engine.answer({ status: 404, pieces: ['{"error":"model not found"}'] });
    await rig.say("/api/chat", { model: "nope", messages }, { user });
    const found = await rig.recalled({ user }, 1);
    expect(found).toMatchObject([{ kind: "prompt", meta: { status: 404 } }]);
  });

  test("M01: memory does not hold a stream up: each piece comes as it is sent", async () => {
    rig.engine.answer({ ...ollamaChat("one", "two", "three"), paceMs: 150 });
    const began = performance.now();
    const response = await fetch(`${rig.url}/api/chat`, {
      method: "POST",
      headers: { authorization: `Bearer ${rig.userToken(user)}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "tiny", messages }),
    });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    const firstAt = performance.now() - began;
    expect(Buffer.from(first?.value ?? []).toString()).toContain("one");
    while (!(await reader?.read())?.done);
    expect(performance.now() - began - firstAt).toBeGreaterThan(300);
  });
});

describe("who may keep something out of memory", () => {
  const nothing = async (as: { user?: string; token?: string }) => {
    // Behind the one that must not be there.
    await rig.ask("POST", "/attach/v1/memory", { token: rig.userToken(user), body: { text: "afterwards" } });
    await new Promise((wake) => setTimeout(wake, 300));
    expect((await rig.recall(as)).map(({ text }) => text)).toEqual(["afterwards"]);
  };

  test("M01: X-Attach-Memory: off, which does not reach the engine", async () => {
    rig.engine.answer(ollamaChat("ok"));
    await rig.say("/api/chat", { model: "tiny", messages }, { user, headers: { "X-Attach-Memory": "off" } });
    expect(rig.engine.asked.at(-1)?.headers["x-attach-memory"]).toBeUndefined();
    await nothing({ user });
  });

  test("M01: a path that the operator leaves out", async () => {
    rig.engine.answer({ pieces: ['{"choices":[{"text":"ok"}]}'] });
    await rig.say("/v1/completions", { model: "tiny", prompt: "hello" }, { user });
    await nothing({ user });
  });

  test("M01: an agent that the operator leaves out", async () => {
    rig.engine.answer(ollamaChat("ok"));
    const token = await rig.agentToken("private-agent", "llm:read", user);
    await rig.say("/api/chat", { model: "tiny", messages }, { token });
    await nothing({ user });
  });

  test("M01: with MEM_OPT_OUT=users an agent cannot hide what it does from its user", async () => {
    const strict = await startMemoryRig({ MEM_OPT_OUT: "users" });
    try {
      strict.engine.answer(ollamaChat("ok"));
      const headers = { "x-attach-memory": "off" };
      await strict.say("/api/chat", { model: "tiny", messages }, { user: "alice", headers });
      const token = await strict.agentToken("research-agent", "llm:read");
      await strict.say("/api/chat", { model: "tiny", messages }, { token, headers });
      const found = await strict.recalled({ user: "alice" }, 2);
      expect(found.map(({ agent }) => agent)).toEqual(["research-agent", "research-agent"]);
    } finally {
      await strict.close();
    }
  });

  test("M02: MEM_BACKEND=none keeps nothing, answers nothing, and calls go on", async () => {
    const none = await startMemoryRig({ MEM_BACKEND: "none" });
    try {
      none.engine.answer(ollamaChat("ok"));
      expect((await none.say("/api/chat", { model: "tiny", messages })).response.status).toBe(200);
      for (const path of ["/attach/v1/memory", "/mem/events"])
        expect((await none.ask("GET", path, { as: "alice" })).status).toBe(404);
      expect((await none.ask("POST", "/v1/logs", { as: "alice", body: { a: 1 } })).status).toBe(404);
      expect(none.storedText()).not.toContain("Which sort is stable");
    } finally {
      await none.close();
    }
  });
});
