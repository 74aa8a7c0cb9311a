import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { StoreError } from "../store-error.ts";
import { IN_MEMORY } from "./location.ts";

/** Longest wait for another process's write, in milliseconds; the writes are short. */
const BUSY_TIMEOUT_MS = 5_000;
/** A reader waits only where another process is just opening or closing the file. */
const READER_BUSY_TIMEOUT_MS = 1_000;
/**
 * Pages of log before they are folded into the file (100 MB, reached by busy gateways only). Folding takes tens of milliseconds, in which
 * every issue waits: at four pages or five an issue, 4,000 pages made one commit in fifty so slow, and these fewer than one in a
 * hundred. The more, too, the fewer times a page that changes often is copied.
 */
const LOG_PAGES = 24_000;
/** The switch to WAL does not wait by itself, so it is tried again this many times. */
const WAL_ATTEMPTS = 50;
const WAL_RETRY_MS = 20;

/** What better-sqlite3 makes of a connection. */
export type Connection = Database.Database;

/**
 * Opens the file, made when missing: its folder and itself for this user's eyes only.
 * @throws StoreError where the file cannot be opened
 */
export function connect(path: string): Connection {
  try {
    if (path !== IN_MEMORY) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // SQLite would make it readable by everybody; its -wal and -shm files take over the mode.
      closeSync(openSync(path, "a", 0o600));
    }
    return new Database(path, { timeout: BUSY_TIMEOUT_MS });
  } catch (cause) {
    throw new StoreError(`the database ${path} cannot be opened: ${messageOf(cause)}`, { cause });
  }
}

/** Opens a file that is there, to read it. */
export function connectReadOnly(path: string): Connection {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: READER_BUSY_TIMEOUT_MS });
  db.pragma("trusted_schema = OFF");
  return db;
}

/** Settings that hold for this connection, after the schema has been judged: the first of them writes to the file. */
export async function configure(db: Connection): Promise<void> {
  await switchToWal(db);
  // A token that has left must be on the disk: WAL alone would lose the last ones with the power.
  db.pragma("synchronous = FULL");
  db.pragma(`wal_autocheckpoint = ${LOG_PAGES}`);
  db.pragma("temp_store = MEMORY");
  db.pragma("foreign_keys = ON");
  db.pragma("secure_delete = ON");
  db.pragma("trusted_schema = OFF");
}

async function switchToWal(db: Connection): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      db.pragma("journal_mode = WAL");
      return;
    } catch (cause) {
      if (!isBusy(cause) || attempt === WAL_ATTEMPTS) throw cause;
      await new Promise((resolve) => setTimeout(resolve, WAL_RETRY_MS));
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
