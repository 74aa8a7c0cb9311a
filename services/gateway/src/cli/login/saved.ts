import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Call } from "../call.ts";
import { CliError } from "../cli-error.ts";
import type { Granted } from "./grant.ts";

/** Which log-in it is: one person may have several, for other clients, audiences or scopes. */
export interface LoginKey {
  readonly issuer: string;
  readonly clientId: string;
  /** `scope`, `audience`, `resource`: as they were sent. */
  readonly parameters: Readonly<Record<string, string>>;
}

export type SavedLogin = LoginKey & Granted;

/** `~/.config/attach/logins.json`, or where the system keeps such files. */
export function loginsPath({ env }: Call): string {
  const base =
    env["XDG_CONFIG_HOME"] ||
    env["APPDATA"] ||
    join(env["HOME"] || env["USERPROFILE"] || homedir(), ".config");
  return join(base, "attach", "logins.json");
}

/**
 * The log-ins kept on this machine.
 * @throws CliError where others can read them: whoever did can act as this person
 */
export function readLogins(path: string): readonly SavedLogin[] {
  let text: string;
  try {
    const { mode } = statSync(path);
    // Windows has no such bits; there the folder's own rights hold.
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      throw new CliError(
        `${path} can be read by other users (mode ${(mode & 0o777).toString(8)}): remove it, and sign in again`,
      );
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error instanceof CliError ? error : new CliError(`${path} cannot be read`);
  }
  try {
    const { logins } = JSON.parse(text) as { logins?: unknown };
    if (Array.isArray(logins)) return logins.filter(isLogin);
  } catch {
    // Half a file: signing in again mends it.
  }
  return [];
}

function isLogin(value: unknown): value is SavedLogin {
  if (typeof value !== "object" || value === null) return false;
  const { issuer, clientId, parameters, accessToken, expiresAt } = value as Record<string, unknown>;
  const texts = [issuer, clientId, accessToken].every((text) => typeof text === "string");
  return texts && typeof expiresAt === "number" && typeof parameters === "object" && parameters !== null;
}

export const findLogin = (logins: readonly SavedLogin[], key: LoginKey) =>
  logins.find((login) => nameOf(login) === nameOf(key));

/** Keeps a log-in in the place of the one before it, or forgets it. Whole, or not at all; mode 0600. */
export function keepLogin(path: string, key: LoginKey, granted: Granted | undefined): void {
  const others = readLogins(path).filter((login) => nameOf(login) !== nameOf(key));
  const logins = granted === undefined ? others : [...others, { ...key, ...granted }];
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(draft, { force: true });
    writeFileSync(draft, `${JSON.stringify({ version: 1, logins }, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(draft, path);
  } catch (error) {
    throw new CliError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code}): try --print`);
  }
}

function nameOf({ issuer, clientId, parameters }: LoginKey): string {
  return JSON.stringify([issuer, clientId, Object.entries(parameters).sort()]);
}

/** Longest that one process may hold the others up, in milliseconds; one that died is forgotten after it. */
const LOCK_MS = 30_000;
const LOCK_RETRY_MS = 50;

/**
 * One process at a time renews: a refresh token that is used twice is taken for stolen, and ends the log-in (RFC 9700 §4.14.2).
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const deadline = performance.now() + LOCK_MS;
  for (;;) {
    try {
      closeSync(openSync(lock, "wx", 0o600));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (ageOf(lock) > LOCK_MS) rmSync(lock, { force: true });
      else if (performance.now() > deadline) throw new CliError(`another attach-gateway holds ${lock}`);
      else await new Promise((wake) => setTimeout(wake, LOCK_RETRY_MS));
    }
  }
  try {
    return await work();
  } finally {
    try {
      unlinkSync(lock);
    } catch {
      // Somebody took it for left behind.
    }
  }
}

function ageOf(lock: string): number {
  try {
    return Date.now() - statSync(lock).mtimeMs;
  } catch {
    return 0;
  }
}
