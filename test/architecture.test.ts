import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOMS, roomOf, wrongArrow } from "./architecture/house.ts";
import { importsFrom, importsOf, ROOT, readSource, sourceFiles } from "./architecture/imports.ts";

const SOURCES = sourceFiles("packages/*/src", "services/*/src");

/** Files where splitting would tear one idea apart; each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};
const LINE_CEILING = 250;

describe("the house", () => {
  test("has sources to judge", () => {
    expect(SOURCES.length).toBeGreaterThan(40);
  });

  test("lets imports point down the floors only, types included", () => {
    expect(SOURCES.flatMap(importsFrom).map(wrongArrow).filter(Boolean)).toEqual([]);
  });

  test("has no two files that import each other, however far around", () => {
    expect(cycles()).toEqual([]);
  });

  test("reads the environment in the process's own files only", () => {
    const offenders = SOURCES.filter(
      (file) =>
        file.startsWith("services/gateway/") &&
        roomOf(file) !== "top" &&
        /\bprocess\.env\b/.test(readSource(file)),
    );
    expect(offenders).toEqual([]);
  });

  test("asks the clock in core only", () => {
    const offenders = SOURCES.filter((file) => {
      const room = roomOf(file);
      return (
        room !== undefined &&
        room !== "core" &&
        room !== "top" &&
        /\bDate\.now\(\)|new Date\(\)/.test(readSource(file))
      );
    });
    expect(offenders).toEqual([]);
  });

  test("keeps every source within the ceiling", () => {
    const long = SOURCES.filter((file) => !file.endsWith(".gen.ts") && LONG_FILES[file] === undefined)
      .map((file) => ({ file, lines: readSource(file).split("\n").length - 1 }))
      .filter(({ lines }) => lines > LINE_CEILING);
    expect(long).toEqual([]);
  });

  test("has no room for odds and ends", () => {
    expect(
      SOURCES.filter((file) =>
        /\/(utils?|helpers?|common|misc|services)(\/|\.ts)/.test(file.replace(/^services\//, "")),
      ),
    ).toEqual([]);
  });

  test("is drawn in docs/architecture.md as it stands", () => {
    const built = readdirSync(join(ROOT, "services/gateway/src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== "cli")
      .map((entry) => entry.name);
    expect(built.filter((room) => ROOMS[room] === undefined)).toEqual([]);
    if (!existsSync(join(ROOT, "docs/architecture.md"))) throw new Error("docs/architecture.md is missing");
    const drawn = readSource("docs/architecture.md");
    expect(built.filter((room) => !drawn.includes(`\`${room}/\``))).toEqual([]);
  });
});

describe("the proof itself", () => {
  test("sees every form of import", () => {
    const source = `
      import { a } from "./a.ts";
      import type { B } from "./b.ts";
      import {
        c,
        type D,
      } from "./c.ts";
      export * from "./d.ts";
      export type { E } from "./e.ts";
      import "./f.ts";
      const g = await import("./g.ts");
      type H = import("./h.ts").H;
      // import { no } from "./comment.ts";
      /* import { no } from "./comment.ts"; */
    `;
    expect([...importsOf(source)].sort()).toEqual(
      ["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts", "./f.ts", "./g.ts", "./h.ts"].sort(),
    );
  });

  const arrow = (from: string, file: string) => wrongArrow({ from, specifier: "./x.ts", file });

  test.each([
    ["up", "services/gateway/src/core/clock.ts", "services/gateway/src/http/path.ts"],
    ["sideways", "services/gateway/src/identity/verify.ts", "services/gateway/src/store/open.ts"],
    ["past the ports", "services/gateway/src/authority/mint.ts", "services/gateway/src/store/open.ts"],
    ["into a package's insides", "services/gateway/src/core/ids.ts", "packages/protocol/src/scope.ts"],
    ["to the composition root", "services/gateway/src/llm/routes.ts", "services/gateway/src/app.ts"],
    ["to a room nobody planned", "services/gateway/src/app.ts", "services/gateway/src/junk/thing.ts"],
  ])("refuses an arrow %s", (_name, from, to) => {
    expect(arrow(from, to)).toBeTypeOf("string");
  });

  test("refuses a library outside its room, and Node in the SDK", () => {
    const library = (from: string, specifier: string) => wrongArrow({ from, specifier, file: undefined });
    expect(library("services/gateway/src/authority/mint.ts", "better-sqlite3")).toBeTypeOf("string");
    expect(library("packages/sdk/src/client.ts", "node:fs")).toBeTypeOf("string");
    expect(library("packages/sdk/src/client.ts", "attach-gateway")).toBeTypeOf("string");
    expect(library("services/gateway/src/store/open.ts", "better-sqlite3")).toBeUndefined();
  });
});

/** Import cycles among the workspace's files, each as the path around it. */
function cycles(): readonly string[] {
  const edges = new Map(
    SOURCES.map((file) => [file, importsFrom(file).flatMap((entry) => entry.file ?? [])]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (done.has(file) || path.includes(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of SOURCES) walk(file, []);
  return found;
}
