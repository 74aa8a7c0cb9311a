import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { type Package, root } from "./packages.ts";

const KERNEL = "@attach-dev/protocol";
const KERNEL_SOURCE = "packages/protocol/src";

/**
 * Writes a package's declarations beside its bundle. The kernel is private and never published, so its
 * declarations come along in a folder of their own, and imports of it point there.
 */
export async function declarations({ folder, entries }: Package, into: string, work: string): Promise<void> {
  await mkdir(work, { recursive: true });
  // The kernel is named as well: the compiler emits nothing for what it only reaches through node_modules.
  const sources = Object.values(entries).map((entry) => join(folder, entry));
  await emit(folder, [...sources, join(root, KERNEL_SOURCE, "index.ts")], work);
  await cp(join(work, relative(root, folder), "src"), into, { recursive: true });
  const files = (await readdir(into, { recursive: true })).filter((file) => file.endsWith(".d.ts"));
  const imports = await Promise.all(files.map((file) => pointAtBuilt(join(into, file), into)));
  if (!imports.some((names) => names.includes(KERNEL))) return;
  await cp(join(work, KERNEL_SOURCE), join(into, "protocol"), { recursive: true });
  for (const file of await readdir(join(into, "protocol")))
    await pointAtBuilt(join(into, "protocol", file), into);
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
    files: sources,
    include: [],
  };
  await writeFile(config, JSON.stringify(settings));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", config], { cwd: folder }).catch((error) => {
    throw new Error(`the declarations of ${folder} failed:\n${error.stdout}${error.stderr}`);
  });
}

/**
 * Declarations say where they are found after the build: `.js` for `.ts`, and the kernel's copy for its name.
 * @returns the names that the file imported
 */
async function pointAtBuilt(file: string, into: string): Promise<string[]> {
  const text = await readFile(file, "utf8");
  const imported: string[] = [];
  const kernel = `./${relative(dirname(file), join(into, "protocol/index.js"))}`.replace("./../", "../");
  const built = text.replace(/((?:from|import)\s*\(?\s*")([^"]+)"/g, (_, before: string, name: string) => {
    imported.push(name);
    return `${before}${name === KERNEL ? kernel : name.replace(/^(\..*)\.ts$/, "$1.js")}"`;
  });
  const left = imported.find((name) => name !== KERNEL && name.startsWith("@attach-dev/"));
  if (left !== undefined) throw new Error(`${file} imports ${left}, which has to be installed beside it`);
  await writeFile(file, built);
  return imported;
}
