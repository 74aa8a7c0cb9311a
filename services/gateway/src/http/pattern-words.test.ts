import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { wordsOfPattern } from "./pattern-words.ts";

const DOCUMENT = new URL("../../../../docs/openapi.json", import.meta.url);

/** Every pattern that a request can fail at. */
function patternsIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "pattern" && typeof member === "string" ? [member] : patternsIn(member),
  );
}

test("what a caller got wrong is told in words, never as a regular expression", () => {
  const patterns = [...new Set(patternsIn(JSON.parse(readFileSync(DOCUMENT, "utf8"))))];
  expect(patterns.length).toBeGreaterThan(5);
  const without = patterns.filter((pattern) => wordsOfPattern(pattern) === wordsOfPattern(""));
  expect(without).toEqual([]);
});
