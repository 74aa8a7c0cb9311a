import { rename, rm } from "node:fs/promises";

/** Puts `fresh` where `folder` is. Two builds at once both end well: the later one wins. */
export async function replaceFolder(folder: string, fresh: string): Promise<void> {
  const old = `${folder}-${process.pid}.old`;
  for (let attempt = 0; ; attempt++) {
    await rename(folder, old).catch(ignoreMissing);
    try {
      await rename(fresh, folder);
      break;
    } catch (error) {
      await rm(old, { recursive: true, force: true });
      if (attempt === 4) throw error;
    }
  }
  await rm(old, { recursive: true, force: true });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
