import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Makes `folder` what `fresh` is, file by file: each is replaced in one step and none is missing in between, so a program
 * that starts meanwhile finds a whole bundle. `last` are the files that name the others.
 */
export async function replaceFolder(folder: string, fresh: string, last: readonly string[]): Promise<void> {
  const files = await filesIn(fresh);
  for (const file of [...files.filter((each) => !last.includes(each)), ...last]) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await rename(join(fresh, file), join(folder, file));
  }
  const strays = (await filesIn(folder)).filter((file) => !files.includes(file));
  await Promise.all(strays.map((file) => rm(join(folder, file), { force: true })));
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
