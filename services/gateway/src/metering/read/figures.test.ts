import { describe, expect, it } from "vitest";
import { type Form, readFigures } from "./figures.ts";
import { Window } from "./window.ts";

function read(form: Form, ...pieces: readonly string[]) {
  const seen = new Window();
  for (const piece of pieces) seen.add(Buffer.from(piece));
  return readFigures(seen, form);
}

const event = (value: object): string => `event: x\ndata: ${JSON.stringify(value)}\n\n`;

describe("figures of engines", () => {
  it("Ollama, whole: prompt and answer", () => {
    const text = JSON.stringify({
      model: "m",
      response: "hi",
      done: true,
      context: [1, 2],
      prompt_eval_count: 7,
      eval_count: 3,
      eval_duration: 9,
    });
    expect(read("json", text)).toEqual({ input: 7, output: 3 });
  });

  it("Ollama, streamed: the last line alone", () => {
    const lines = [
      { response: "a", done: false },
      { response: "", done: true, prompt_eval_count: 7, eval_count: 3 },
    ];
    expect(read("lines", ...lines.map((line) => `${JSON.stringify(line)}\n`))).toEqual({
      input: 7,
      output: 3,
    });
  });

  it("Ollama with a prompt out of its cache says the answer alone", () => {
    expect(read("json", '{"done":true,"eval_count":3}')).toEqual({ input: null, output: 3 });
  });

  it("Ollama's embeddings have no output", () => {
    expect(read("json", '{"embeddings":[[0.1]],"prompt_eval_count":4}')).toEqual({ input: 4, output: 0 });
  });

  it("a last line longer than what is kept: its end is enough", () => {
    const line = JSON.stringify({
      done: true,
      context: Array.from({ length: 60_000 }, (_, n) => n),
      prompt_eval_count: 7,
      eval_count: 3,
    });
    expect(line.length).toBeGreaterThan(100_000);
    expect(read("lines", `{"response":"a"}\n${line}`)).toEqual({ input: 7, output: 3 });
    const pieces = line.match(/.{1,700}/g) ?? [];
    expect(read("lines", ...pieces)).toEqual({ input: 7, output: 3 });
  });

  it.each([
    [
      "chat",
      { usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }, system_fingerprint: "x" },
      5,
      2,
    ],
    ["embeddings", { data: [{ embedding: [1, 2] }], usage: { prompt_tokens: 5, total_tokens: 5 } }, 5, 0],
    [
      "responses",
      {
        output: [],
        usage: {
          input_tokens: 5,
          input_tokens_details: { cached_tokens: 1 },
          output_tokens: 2,
          total_tokens: 7,
        },
        metadata: {},
      },
      5,
      2,
    ],
    [
      "messages",
      {
        content: [],
        usage: {
          input_tokens: 5,
          cache_read_input_tokens: 100,
          cache_creation_input_tokens: 10,
          output_tokens: 2,
        },
      },
      115,
      2,
    ],
    ["rerank", { results: [], usage: { total_tokens: 9 } }, 9, 0],
  ] as const)("OpenAI and its kin, whole: %s", (_name, body, input, output) => {
    expect(read("json", JSON.stringify(body))).toEqual({ input, output });
    expect(read("json", JSON.stringify(body, null, 2))).toEqual({ input, output });
  });

  it("an OpenAI stream says it in a chunk before the end mark, after many that say null", () => {
    const chunks = [
      event({ choices: [{ delta: { content: "a" } }], usage: null }),
      event({ choices: [{ delta: {} }], usage: null }),
      event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } }),
      "data: [DONE]\n\n",
    ];
    expect(read("events", ...chunks)).toEqual({ input: 5, output: 2 });
    expect(read("events", chunks.join("").replaceAll("\n", "\r\n"))).toEqual({ input: 5, output: 2 });
  });

  it("counts that grow along a stream are never added up, and hold where it broke off", () => {
    const chunks = [1, 2, 3].map((n) =>
      event({ choices: [{}], usage: { prompt_tokens: 5, completion_tokens: n, total_tokens: 5 + n } }),
    );
    expect(read("events", ...chunks)).toEqual({ input: 5, output: 3 });
    expect(read("events", ...chunks, 'data: {"choices":[{"delta":{"cont')).toEqual({ input: 5, output: 3 });
  });

  it("the last event of a response holds the whole of it, however long", () => {
    const done = (text: string) =>
      event({
        type: "response.completed",
        response: {
          output: [{ text }],
          usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
          user: null,
        },
      });
    expect(
      read("events", event({ type: "response.created", response: { usage: null } }), done("hi")),
    ).toEqual({ input: 5, output: 2 });
    expect(read("events", done("word ".repeat(40_000)))).toEqual({ input: 5, output: 2 });
  });

  const start = event({
    type: "message_start",
    message: { usage: { input_tokens: 5, cache_read_input_tokens: 20, output_tokens: 1 } },
  });
  const delta = event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "a" } });

  it("Anthropic tells the input first and the output last", () => {
    const end = event({
      type: "message_delta",
      delta: { stop_reason: "end_turn" },
      usage: { output_tokens: 9 },
    });
    expect(read("events", start, delta, end, event({ type: "message_stop" }))).toEqual({
      input: 25,
      output: 9,
    });
    expect(read("events", start, delta.repeat(2_000), end)).toEqual({ input: 25, output: 9 });
  });

  it("of an Anthropic stream that broke off the input is known, and the output is not", () => {
    expect(read("events", start, delta, delta)).toEqual({ input: 25, output: null });
    expect(read("events", start)).toEqual({ input: 25, output: null });
  });

  it("an answer cut at any byte, into any pieces, gives its figures or none: never others", () => {
    const text = `data: {"choices":[{"delta":{"content":"Grüße 🌍 \\"usage\\":{\\"prompt_tokens\\":1}"}}]}\n\n${event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } })}data: [DONE]\n\n`;
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const whole = new Window();
      whole.add(bytes.subarray(0, cut));
      whole.add(bytes.subarray(cut));
      expect(readFigures(whole, "events")).toEqual({ input: 5, output: 2 });
      const part = new Window();
      part.add(bytes.subarray(0, cut));
      expect([5, null]).toContain(readFigures(part, "events").input);
    }
  });
});

describe("figures that are not the engine's", () => {
  it.each([
    [
      "a tool's arguments",
      {
        message: {
          tool_calls: [
            { function: { arguments: { prompt_eval_count: 0, eval_count: 0, usage: { total_tokens: 0 } } } },
          ],
        },
        done: true,
        prompt_eval_count: 7,
        eval_count: 3,
      },
    ],
    [
      "a text",
      {
        message: { content: '","prompt_eval_count":0,"eval_count":0,"x":"\\' },
        done: true,
        prompt_eval_count: 7,
        eval_count: 3,
      },
    ],
  ])("passes over what a model wrote into %s", (_name, body) => {
    expect(read("json", JSON.stringify(body))).toEqual({ input: 7, output: 3 });
    const { prompt_eval_count: _in, eval_count: _out, ...without } = body;
    expect(read("json", JSON.stringify(without))).toEqual({ input: null, output: null });
  });

  it.each([-1, 1.5, 1e300, "7", true, null, {}])("takes %j for no figure", (value) => {
    expect(read("json", JSON.stringify({ prompt_eval_count: value, eval_count: value }))).toEqual({
      input: null,
      output: null,
    });
    expect(read("json", JSON.stringify({ usage: { prompt_tokens: value } }))).toEqual({
      input: null,
      output: null,
    });
  });

  it.each([
    "",
    "{",
    "}",
    '"',
    "]",
    "[]",
    '"usage"}',
    '{"usage":',
    "null",
    '\\"usage":1}',
    "}}}}",
    '{"a":"\\',
  ])("makes nothing of %j", (text) => {
    for (const form of ["json", "lines", "events"] as const) {
      expect(read(form, text)).toEqual({ input: null, output: null });
      expect(read(form, `data: ${text}`)).toEqual({ input: null, output: null });
    }
  });
});
