import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { type Package, root } from "./packages.ts";

const KERNEL = "@attach-dev/protocol";

/**
 * Writes a package's declarations beside its bundle. The kernel is private and never published, so its
 * declarations come along in a folder of their own, and imports of it point there.
 */
export async function declarations({ folder, entries }: Package, into: string, work: string): Promise<void> {
  await mkdir(work, { recursive: true });
  await emit(folder, Object.values(entries), work);
  await cp(join(work, relative(root, folder), "src"), into, { recursive: true });
  const kernel = join(work, "packages/protocol/src");
  await cp(kernel, join(into, "protocol"), { recursive: true }).catch(ignoreMissing);
  for (const file of await readdir(into, { recursive: true })) {
    if (file.endsWith(".d.ts")) await pointAtBuilt(join(into, file), into);
  }
}

async function emit(folder: string, sources: string[], into: string): Promise<void> {
  const config = join(into, "tsconfig.json");
  const own = join(folder, "tsconfig.json");
  const base = await readFile(own).then(
    () => own,
    () => join(root, "tsconfig.base.json"),
  );
  const settings = {
    extends: base,
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      composite: false,
      incremental: false,
      stripInternal: true,
      rootDir: root,
      outDir: into,
    },
    files: sources.map((source) => join(folder, source)),
    include: [],
  };
  await writeFile(config, JSON.stringify(settings));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", config], { cwd: folder }).catch((error) => {
    throw new Error(`the declarations of ${folder} failed:\n${error.stdout}${error.stderr}`);
  });
}

/** Declarations say where they are found after the build: `.js` for `.ts`, and the kernel's copy for its name. */
async function pointAtBuilt(file: string, into: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const up = relative(dirname(file), into) || ".";
  const built = text
    .replace(/((?:from|import)\s*\(?\s*")(\.[^"]*)\.ts"/g, '$1$2.js"')
    .replaceAll(`"${KERNEL}"`, `"${up.startsWith(".") ? up : `./${up}`}/protocol/index.js"`);
  const left = /(?:from|import)\s*\(?\s*"(@attach-dev\/[^"]*|[^"]*\.ts)"/.exec(built);
  if (left !== null) throw new Error(`${file} still imports ${left[1]}`);
  await writeFile(file, built);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
