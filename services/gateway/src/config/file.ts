import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { parseDocument } from "yaml";
import type { ConfigMistake } from "./mistakes.ts";

export type Tree = Record<string, unknown>;

export interface ConfigFile {
  /** Name to show; `undefined` where there is no file. */
  readonly name: string | undefined;
  readonly tree: Tree;
}

export interface FileOptions {
  /** What `--config` names; without it `attach.yaml` is read if it is there. */
  readonly path: string | undefined;
  readonly cwd: string;
  readonly complain: (mistake: ConfigMistake) => void;
}

const DEFAULT_FILE = "attach.yaml";
const MAX_FILE_BYTES = 1024 * 1024;

/** Reads the configuration file as YAML 1.2, of which JSON is a part. A file that cannot be read counts as empty, and is reported. */
export function readConfigFile({ path, cwd, complain }: FileOptions): ConfigFile {
  const file = resolve(cwd, path ?? DEFAULT_FILE);
  const name = basename(file);
  const wrong = (problem: string, key = name): ConfigFile => {
    complain({
      key,
      problem,
      example: path === undefined ? "server:\n        port: 8080" : "--config attach.yaml",
    });
    return { name, tree: {} };
  };
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "error";
    if (code === "ENOENT" && path === undefined) return { name: undefined, tree: {} };
    return wrong(
      code === "ENOENT" ? "names a file that does not exist" : `names a file that cannot be read (${code})`,
      path === undefined ? name : "--config",
    );
  }
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return wrong("is larger than 1 MiB");
  return parse(text, name, complain);
}

function parse(text: string, name: string, complain: FileOptions["complain"]): ConfigFile {
  const document = parseDocument(text, { prettyErrors: false });
  const example = "server:\n        port: 8080";
  for (const { code, pos } of document.errors) {
    const line = text.slice(0, pos[0]).split("\n").length;
    complain({
      key: name,
      problem: `is not YAML at line ${line} (${code.toLowerCase().replaceAll("_", " ")})`,
      example,
    });
  }
  if (document.errors.length > 0) return { name, tree: {} };
  try {
    const tree: unknown = document.toJS({ maxAliasCount: 100 });
    if (tree === null || tree === undefined) return { name, tree: {} };
    if (isTree(tree)) return { name, tree };
  } catch {
    // An alias without an anchor, or a bomb of them.
  }
  complain({ key: name, problem: "must be a map of settings", example });
  return { name, tree: {} };
}

/** A plain map, as YAML and JSON make them. */
export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
