/** The lockfile names no registry: a clone installs from whichever one its own settings say. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const path = join(import.meta.dirname, "../pnpm-lock.yaml");
const lines = (await readFile(path, "utf8")).split("\n");
const named = lines.flatMap((line, index) =>
  /\b(tarball|registry):|\bhttps?:\/\//.test(line) && !/^\s*deprecated:/.test(line)
    ? [`pnpm-lock.yaml:${index + 1}: ${line.trim()}`]
    : [],
);
if (lines.length < 100) named.push("pnpm-lock.yaml holds next to nothing");
if (named.length > 0) {
  console.error(`The lockfile records addresses:\n${named.join("\n")}`);
  process.exit(1);
}
