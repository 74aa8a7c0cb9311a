import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { connectReadOnly } from "./sqlite/connect.ts";
import { IN_MEMORY, sqlitePath } from "./sqlite/location.ts";
import { checkSchema } from "./sqlite/migrate.ts";
import { MIGRATIONS } from "./sqlite/migrations.gen.ts";

/** How a store stands, looked at without touching it. */
export interface StoreState {
  /** `undefined` for a store in memory. */
  readonly path: string | undefined;
  readonly exists: boolean;
  /** Why it cannot be used, with the way out. */
  readonly fault?: string;
  readonly version: number;
  /** The version this program brings it to. */
  readonly latest: number;
  /** Permission bits of the file; 0 where there is none. */
  readonly mode: number;
  /** What the secret is checked by, where the store has been used. */
  readonly sealed?: string;
  /** The file that keeps the secret when `ATTACH_SECRET` is unset. */
  readonly secretFile: { readonly path: string; readonly mode: number | undefined } | undefined;
}

/** Reads only. @throws StoreError where the URL names no file */
export function inspectStore(databaseUrl: string): StoreState {
  const latest = MIGRATIONS.length;
  const path = sqlitePath(databaseUrl);
  if (path === IN_MEMORY)
    return { path: undefined, exists: false, version: 0, latest, mode: 0, secretFile: undefined };
  const secret = `${path}.secret`;
  const secretFile = { path: secret, mode: modeOf(secret) };
  const mode = modeOf(path);
  const state = { path, latest, secretFile, exists: mode !== undefined, mode: mode ?? 0, version: 0 };
  const fault = faultOfAccess(path);
  if (fault !== undefined || mode === undefined)
    return { ...state, ...(fault === undefined ? {} : { fault }) };
  try {
    return { ...state, ...read(path) };
  } catch (error) {
    return { ...state, fault: error instanceof Error ? error.message : String(error) };
  }
}

function read(path: string) {
  const db = connectReadOnly(path);
  try {
    checkSchema(db);
    const version = Number(db.pragma("user_version", { simple: true }));
    const sealed =
      version === 0
        ? undefined
        : db.prepare("select value from facts where name = 'secret-check'").pluck().get();
    return { version, ...(typeof sealed === "string" ? { sealed } : {}) };
  } finally {
    db.close();
  }
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode & 0o777;
  } catch {
    return undefined;
  }
}

/** The file must be ours to write, and its folder: the log of SQLite stands beside it. A folder that is missing is made. */
function faultOfAccess(path: string): string | undefined {
  let folder = dirname(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  for (const place of existsSync(path) ? [path, folder] : [folder]) {
    try {
      accessSync(place, constants.R_OK | constants.W_OK);
    } catch (error) {
      return `${place} cannot be written (${(error as NodeJS.ErrnoException).code})`;
    }
  }
  return statSync(folder).isDirectory() ? undefined : `${folder} is not a folder`;
}
