import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { StoreError } from "../store-error.ts";
import { type Connection, messageOf } from "./connect.ts";

/**
 * Writes a copy of what the database holds at this moment; writers go on meanwhile. It stands under its name only once it is
 * whole and on the disk, for this user's eyes only. Blocks until it is done.
 * @throws StoreError where something stands there already, or it cannot be written
 */
export function backUp(db: Connection, path: string): void {
  if (existsSync(path)) throw new StoreError(`${path} exists already: name another file for the backup`);
  const draft = `${path}.${process.pid}.part`;
  try {
    // SQLite would make it readable by everybody; it takes an empty file for a new one.
    closeSync(openSync(draft, "wx", 0o600));
    db.prepare("vacuum into ?").run(draft);
    const file = openSync(draft, "r+");
    fsyncSync(file);
    closeSync(file);
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new StoreError(`the backup ${path} cannot be written: ${messageOf(cause)}`, { cause });
  }
}
