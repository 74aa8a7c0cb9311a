import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ok, type Result, refuse } from "../core/result.ts";
import type { PolicyMistake } from "./mistake.ts";

/** A policy file as it was read. */
export interface PolicySource {
  readonly name: string;
  readonly text: string;
}

/** Largest policy file, in bytes, and most of them: a policy set is read by people. */
const MAX_BYTES = 1024 * 1024;
const MAX_FILES = 256;

/**
 * Reads the policies at some paths: files, and of folders every `*.cedar` in them, by name.
 * @returns what was read, or everything that could not be
 */
export async function readSources(
  paths: readonly string[],
): Promise<Result<readonly PolicySource[], readonly PolicyMistake[]>> {
  const listed = await Promise.all(paths.map((path) => list(path)));
  const files = [...new Set(listed.flatMap((each) => (each.ok ? each.value : [])))];
  const mistakes = listed.flatMap((each) => (each.ok ? [] : each.reason));
  if (files.length > MAX_FILES) return refuse([wrong("policy.files", `names more than ${MAX_FILES} files`)]);
  const read = await Promise.all(files.map((file) => readSource(file)));
  mistakes.push(...read.flatMap((each) => (each.ok ? [] : each.reason)));
  return mistakes.length > 0 ? refuse(mistakes) : ok(read.flatMap((each) => (each.ok ? each.value : [])));
}

/**
 * What tells one state of the files from another without reading them: an edit changes it, and so does a new file.
 */
export async function fingerprint(paths: readonly string[]): Promise<string> {
  const listed = await Promise.all(paths.map((path) => list(path)));
  const files = listed.flatMap((each) => (each.ok ? each.value : [JSON.stringify(each.reason)]));
  const marks = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs, ctimeMs, size, ino }) => [file, mtimeMs, ctimeMs, size, ino],
        (error: NodeJS.ErrnoException) => [file, error.code],
      ),
    ),
  );
  return JSON.stringify(marks);
}

type Listed = Result<readonly string[], readonly PolicyMistake[]>;

async function list(path: string): Promise<Listed> {
  try {
    if (!(await stat(path)).isDirectory()) return ok([path]);
    const names = (await readdir(path)).filter((name) => name.endsWith(".cedar") && !name.startsWith("."));
    if (names.length === 0) return refuse([wrong(path, "is a folder without a .cedar file")]);
    return ok(names.sort().map((name) => join(path, name)));
  } catch (error) {
    return refuse([unreadable(path, error)]);
  }
}

async function readSource(file: string): Promise<Result<readonly PolicySource[], readonly PolicyMistake[]>> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > MAX_BYTES) return refuse([wrong(file, "is larger than 1 MiB")]);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return ok([{ name: basename(file), text }]);
  } catch (error) {
    if (error instanceof TypeError && !("syscall" in error)) return refuse([wrong(file, "is not UTF-8")]);
    return refuse([unreadable(file, error)]);
  }
}

function unreadable(path: string, error: unknown): PolicyMistake {
  const code = (error as NodeJS.ErrnoException).code ?? "error";
  return wrong(path, code === "ENOENT" ? "does not exist" : `cannot be read (${code})`);
}

const wrong = (key: string, problem: string): PolicyMistake => ({
  key,
  problem,
  example: "POLICY_DIR=./policies, a folder with .cedar files",
});
