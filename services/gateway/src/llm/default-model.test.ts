import { expect, test } from "vitest";
import { withDefaults } from "./default-model.ts";
import { modelOf } from "./model-of.ts";

function filled(text: string, path = "/api/chat"): string {
  const body = Buffer.from(text);
  const reading = modelOf(body);
  if (reading.kind === "unreadable") return "unreadable";
  const model = reading.kind === "named" ? reading.model : null;
  const read = withDefaults({ body, json: reading.json, model, stream: null }, path, "llama3.2");
  expect(modelOf(read.body ?? Buffer.alloc(0))).toMatchObject({
    kind: "named",
    model: read.model,
    json: read.json,
  });
  return String(read.body);
}

test("names the model where a body names none, and leaves all else as it was written", () => {
  expect(filled('{ "messages": [], "n":1.0e3 }')).toBe('{"model":"llama3.2", "messages": [], "n":1.0e3 }');
  expect(filled("{}", "/api/generate")).toBe('{"model":"llama3.2"}');
  expect(filled('  {"prompt":"hi"}', "/api/generate")).toBe('  {"model":"llama3.2","prompt":"hi"}');
});

test("makes a prompt to /api/chat a message, and only there", () => {
  expect(JSON.parse(filled('{"prompt":"hi"}'))).toMatchObject({
    model: "llama3.2",
    messages: [{ role: "user", content: "hi" }],
  });
  expect(filled('{"model":"m","prompt":"hi","messages":[]}')).toBe(
    '{"model":"m","prompt":"hi","messages":[]}',
  );
  expect(filled('{"model":"m","prompt":"hi"}', "/v1/completions")).toBe('{"model":"m","prompt":"hi"}');
});

test("passes a body that names its model byte for byte", () => {
  expect(filled(' {"model" : "gpt-5","messages":[ ]}')).toBe(' {"model" : "gpt-5","messages":[ ]}');
});
