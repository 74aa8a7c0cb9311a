import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** The repository's root. */
export const ROOT = resolve(import.meta.dirname, "../..");

export interface Import {
  /** Importing file, from the root. */
  readonly from: string;
  /** As written. */
  readonly specifier: string;
  /** Imported file from the root, for a relative specifier. */
  readonly file: string | undefined;
}

/** Static, type-only, re-exporting, bare and dynamic imports: every form that makes one file know another. */
const IMPORT_FORMS = [
  /\b(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/g,
  /\bimport\s*["']([^"']+)["']/g,
  /\bimport\s*\(\s*["']([^"']+)["']/g,
];

/** The specifiers a source names, type imports included, comments left out. */
export function importsOf(source: string): readonly string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
  return IMPORT_FORMS.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ""));
}

/** Every source file below the given folders, tests left out. Paths from the root, `/` between parts. */
export function sourceFiles(...folders: readonly string[]): readonly string[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
    .filter(
      (file) =>
        !/\.(test|test-d)\.ts$/.test(file) && !file.includes("node_modules") && !file.includes("/dist/"),
    )
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
}

export function readSource(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** What a file imports, relative specifiers resolved. */
export function importsFrom(file: string): readonly Import[] {
  return importsOf(readSource(file)).map((specifier) => ({
    from: file,
    specifier,
    file: specifier.startsWith(".")
      ? relative(ROOT, resolve(ROOT, dirname(file), specifier)).replaceAll("\\", "/")
      : undefined,
  }));
}
