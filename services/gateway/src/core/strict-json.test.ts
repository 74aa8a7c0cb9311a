import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStrictJson } from "./strict-json.ts";

const parse = (text: string, depth = 8) => parseStrictJson(Buffer.from(text), depth);

describe("strict JSON", () => {
  test.each([
    ["a repeated member", '{"aud":"a","aud":"b"}'],
    ["a repeated member, spelled with an escape", '{"aud":"a","\\u0061ud":"b"}'],
    ["a repeated member, deep inside", '{"a":[{"b":{"c":1,"c":1}}]}'],
    ["a repeated member, white space before the colon", '{"a" \n:1,"a"\t:2}'],
    ["a repeated __proto__", '{"__proto__":1,"__proto__":2}'],
    ["a repeated empty name", '{"":1,"":2}'],
    ["something after the end", '{"a":1} x'],
    ["a trailing comma", '{"a":1,}'],
    ["a comment", '{"a":1/**/}'],
    ["a byte order mark", '\ufeff{"a":1}'],
    ["nothing", ""],
    ["an unfinished string", '{"a'],
  ])("refuses %s", (_name, text) => {
    expect(parse(text)).toBeUndefined();
  });

  test("refuses bytes that are not UTF-8", () => {
    expect(parseStrictJson(Buffer.from([0x22, 0xff, 0x22]), 8)).toBeUndefined();
    // An overlong slash and an encoded surrogate: two classics.
    expect(parseStrictJson(Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 8)).toBeUndefined();
    expect(parseStrictJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 8)).toBeUndefined();
  });

  test("refuses what nests deeper than allowed, however deep", () => {
    expect(parse("[[1]]", 2)).toEqual([[1]]);
    expect(parse("[[[1]]]", 2)).toBeUndefined();
    expect(parse("[".repeat(100_000) + "]".repeat(100_000))).toBeUndefined();
  });

  test("keeps apart names of different objects, and strings that look like names", () => {
    const text = '{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":"a\\":","d":"{\\"a\\":[","e":["a","a"]}';
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test("a member called __proto__ changes no prototype", () => {
    const value = parse('{"__proto__":{"alg":"ES256"}}') as { alg?: string };
    expect(value.alg).toBeUndefined();
  });

  test("reads all that JSON.stringify writes, as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, "\t"), (text, space) => {
        const spaced = JSON.stringify(JSON.parse(text), null, space);
        expect(parse(spaced, 16)).toEqual(JSON.parse(spaced));
      }),
      { numRuns: 300 },
    );
  });

  test("finds a repeated member wherever it is put", () => {
    const name = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 4 }), fc.jsonValue(), (twice, others, value) => {
        const members = [twice, ...others, twice].map(
          (one) => `${JSON.stringify(one)}:${JSON.stringify(value)}`,
        );
        expect(parse(`{"outer":[{${members.join(" , ")}}]}`, 32)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        parseStrictJson(bytes, 4);
      }),
      { numRuns: 500 },
    );
  });
});
