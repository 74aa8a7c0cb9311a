import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { REQUIREMENTS, SECURITY_DECISIONS } from "./requirements.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const TITLE = /\b(?:test|it|describe)(?:\.\w+(?:\([^)]*\))?)*\(\s*(["'`])((?:(?!\1)[\s\S])*)\1/g;
const ID = /\b[A-Z]\d\d\b/g;

function idsInTitles(...globs: readonly string[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const file of globs.flatMap((glob) => globSync(glob, { cwd: ROOT }))) {
    if (file.includes("node_modules")) continue;
    for (const [, , title = ""] of readFileSync(resolve(ROOT, file), "utf8").matchAll(TITLE)) {
      for (const id of title.match(ID) ?? []) ids.add(id);
    }
  }
  return ids;
}

const blackBox = idsInTitles("test/e2e/**/*.test.ts", "test/conformance/**/*.test.ts");
const anywhere = idsInTitles(
  "test/**/*.test.ts",
  "packages/*/src/**/*.test.ts",
  "services/*/src/**/*.test.ts",
);

describe("the requirement manifest", () => {
  const claimed = Object.entries(REQUIREMENTS).filter(([, { state }]) => state !== "planned");

  test.each(claimed)("%s is verified by a black-box test", (id) => {
    expect(blackBox.has(id)).toBe(true);
  });

  test.each(SECURITY_DECISIONS)("%s has a test that carries its number", (id) => {
    expect(anywhere.has(id)).toBe(true);
  });

  test("knows every promise that a test names", () => {
    const promises = [...blackBox].filter((id) => !id.startsWith("S"));
    expect(promises.filter((id) => REQUIREMENTS[id] === undefined)).toEqual([]);
  });

  test("says what is missing wherever a promise is kept in part", () => {
    const silent = claimed.filter(([, { state, missing }]) => (state === "part") !== (missing !== undefined));
    expect(silent.map(([id]) => id)).toEqual([]);
  });
});
