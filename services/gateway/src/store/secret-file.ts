import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { opaqueSecret } from "../core/ids.ts";
import { IN_MEMORY, sqlitePath } from "./sqlite/location.ts";
import { StoreError } from "./store-error.ts";

/**
 * The secret that is kept beside an SQLite database when `ATTACH_SECRET` is unset: made on first start, mode 0600, read
 * ever after. Of several processes that start at once the first one's stands.
 * @throws StoreError where others can read it: whoever did read it can open the signing key
 */
export function ensureSecretFile(databaseUrl: string): string {
  const database = sqlitePath(databaseUrl);
  // A store in memory ends with the process, and so may its secret.
  if (database === IN_MEMORY) return opaqueSecret();
  const path = `${database}.secret`;
  return read(path) ?? create(path);
}

function read(path: string): string | undefined {
  try {
    const { mode } = statSync(path);
    // Windows has no such bits; there the folder's own rights hold.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new StoreError(
        `${path} can be read by other users (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it, and take a new secret if anybody may have seen it`,
      );
    }
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause instanceof StoreError ? cause : unusable(path, cause);
  }
}

/** Written whole under another name first, then linked: nobody ever reads half a secret, and nobody's is overwritten. */
function create(path: string): string {
  const draft = `${path}.${process.pid}.${opaqueSecret().slice(0, 8)}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = openSync(draft, "wx", 0o600);
    try {
      fchmodSync(file, 0o600);
      writeSync(file, `${opaqueSecret()}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(draft, path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    } finally {
      unlinkSync(draft);
    }
  } catch (cause) {
    throw unusable(path, cause);
  }
  return read(path) ?? create(path);
}

function unusable(path: string, cause: unknown): StoreError {
  return new StoreError(
    `the secret file ${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}; or set ATTACH_SECRET`,
    { cause },
  );
}
