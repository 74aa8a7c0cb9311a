import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "./program.ts";

/** A row of an export (CONTRACT §3). */
export interface ExportedRow {
  readonly seq: number;
  readonly time: string;
  readonly action: string;
  readonly decision: string;
  readonly reason: string | null;
  readonly user: { readonly iss: string; readonly sub: string } | null;
  readonly chain: readonly string[];
  readonly jti: string | null;
  readonly root: string | null;
  readonly sid: string | null;
  readonly resource: string | null;
  readonly policy: string | null;
  readonly requestId: string | null;
  readonly hash: string;
}

/** What `attach-gateway audit …` said about a database, and how it ended. */
export interface AuditRun {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as an operator runs it, with no more than the database's address. */
export async function audit(database: string, ...args: readonly string[]): Promise<AuditRun> {
  await using program = await runProgram(["audit", ...args], { DATABASE_URL: `sqlite:${database}` });
  const code = await program.ended();
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

export async function exported(
  database: string,
  ...args: readonly string[]
): Promise<readonly ExportedRow[]> {
  const { stdout } = await audit(database, "export", ...args);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ExportedRow);
}

/**
 * SQL by hand on a live database, in a process of its own: SQLite's locks are the process's, and a second copy of SQLite in
 * the gateway's process would drop them with its first close.
 */
export function byHand(database: string, sql: string): void {
  const script =
    "const db = new (require('node:sqlite').DatabaseSync)(process.argv[1]); db.exec(process.argv[2]); db.close()";
  execFileSync(process.execPath, ["-e", script, database, sql], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Copies a live database to where it may be harmed, changes it by hand, and gives the copy to `use`. */
export async function tampered<T>(
  database: string,
  sql: string,
  use: (copy: string) => Promise<T>,
): Promise<T> {
  const copy = join(database, "..", `tampered-${performance.now()}.db`);
  byHand(database, `vacuum into '${copy}'`);
  byHand(copy, sql);
  try {
    return await use(copy);
  } finally {
    rmSync(copy, { force: true });
  }
}

/** Puts a text beside the database. @returns its path */
export function beside(database: string, name: string, text: string): string {
  const path = join(database, "..", name);
  writeFileSync(path, text);
  return path;
}
