import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelOf } from "./model-of.ts";

const read = (text: string) => modelOf(Buffer.from(text));

describe("the model of a body", () => {
  test.each([
    ['{"model":"llama3.2","messages":[]}', "llama3.2"],
    ['  {"messages":[{"model":"inner"}],"x":{"model":"y"},"model":"gpt-5"}\n', "gpt-5"],
    ['{"a":"\\"model\\":","model":"b\\u0061"}', "ba"],
    ['{"m\\u006fdel":"escaped"}', "escaped"],
  ])("%s: %s", (text, model) => {
    expect(read(text)).toMatchObject({ kind: "named", model });
  });

  test.each(["{}", '{"messages":["model","x"]}', '{"options":{"model":"x"},"a":["model"]}'])(
    "%s names none",
    (text) => {
      expect(read(text)).toMatchObject({ kind: "none" });
    },
  );

  test.each([
    ["two of them: engines take the first or the last", '{"model":"a","model":"b"}'],
    ["another spelling, which Go takes for the same", '{"Model":"a"}'],
    ["both spellings", '{"model":"a","MODEL":"b"}'],
    ["escaped and plain", '{"model":"a","\\u006dodel":"b"}'],
    ["no text", '{"model":5}'],
    ["null", '{"model":null}'],
    ["half a surrogate pair, which engines replace", '{"model":"a\\ud800"}'],
    ["a list", '[{"model":"a"}]'],
    ["no object", '"model"'],
    ["more after the object, which Go's decoder ignores", '{"model":"a"}{"model":"b"}'],
    ["a byte order mark", '\uFEFF{"model":"a"}'],
    ["not JSON", "model=a"],
    ["nothing", ""],
    ["a name without end", JSON.stringify({ model: "x".repeat(513) })],
  ])("is unreadable: %s", (_name, text) => {
    expect(read(text)).toEqual({ kind: "unreadable" });
  });

  test("is unreadable in UTF-16 and in broken UTF-8", () => {
    expect(modelOf(Buffer.from('{"model":"a"}', "utf16le"))).toEqual({ kind: "unreadable" });
    expect(modelOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toEqual({ kind: "unreadable" });
  });

  test("is found beside whatever else a body holds", () => {
    const rest = fc.dictionary(
      fc.string().filter((name) => name.toLowerCase() !== "model"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        rest,
        fc.string({ unit: "grapheme", maxLength: 64 }),
        fc.boolean(),
        (others, model, first) => {
          const body = first ? { model, ...others } : { ...others, model };
          expect(read(JSON.stringify(body))).toMatchObject({ kind: "named", model });
          expect(read(JSON.stringify(others))).toMatchObject({ kind: "none" });
        },
      ),
    );
  });
});
