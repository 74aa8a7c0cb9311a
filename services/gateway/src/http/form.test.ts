import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeComponent, parseForm } from "./form.ts";

const REPEATABLE = new Set(["resource"]);
const parse = (text: string) => parseForm(Buffer.from(text), REPEATABLE);
const form = (text: string) => {
  const result = parse(text);
  if (!result.ok) throw new Error(JSON.stringify(result.reason));
  return result.value;
};

describe("a form", () => {
  test("gives back what any client wrote, byte for byte", () => {
    const field = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(field, field), { selector: ([name]) => name, maxLength: 60 }),
        (pairs) => {
          const read = form(new URLSearchParams(pairs).toString());
          for (const [name, value] of pairs) expect(read.get(name)).toBe(value);
        },
      ),
    );
  });

  test("reads plus as a space and a field without a sign as empty", () => {
    expect(form("scope=a+b%2Bc").get("scope")).toBe("a b+c");
    expect(form("a&&b=").get("a")).toBeUndefined();
    expect(form("").get("a")).toBeUndefined();
  });

  test("takes a field that may be repeated with every value, and no other twice", () => {
    expect(form("resource=a&resource=&resource=b").all("resource")).toEqual(["a", "b"]);
    expect(parse("scope=a&scope=a")).toEqual({ ok: false, reason: { repeated: "scope" } });
    expect(parse("scope=a&scope=")).toEqual({ ok: false, reason: { repeated: "scope" } });
    expect(parse("scope=a&%73cope=b")).toEqual({ ok: false, reason: { repeated: "scope" } });
    expect(parse("__proto__=a&__proto__=b").ok).toBe(false);
  });

  test("refuses what two parsers might read differently", () => {
    for (const text of ["a=%", "a=%2", "a=%zz", "a=%ff", "%c0%80=a"]) {
      expect(parse(text)).toEqual({ ok: false, reason: "encoding" });
    }
    expect(parseForm(Uint8Array.of(0x61, 0x3d, 0xff), REPEATABLE)).toEqual({ ok: false, reason: "encoding" });
  });

  test("has a bounded number of fields", () => {
    const fields = (count: number) => Array.from({ length: count }, (_, index) => `a${index}=1`).join("&");
    expect(parse(fields(64)).ok).toBe(true);
    expect(parse(fields(65))).toEqual({ ok: false, reason: "too_many_fields" });
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseForm(bytes, REPEATABLE)));
    expect(decodeComponent("%")).toBeUndefined();
  });
});
