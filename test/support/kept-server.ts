import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

export interface KeptServer {
  /** As people call it. */
  readonly name: string;
  /** The variable that names its binary. */
  readonly variable: string;
  /** Its place below the folder of servers that `scripts/servers` keeps, if it is built by one of them. */
  readonly kept?: string;
  readonly command: string;
  /** What gets it. */
  readonly hint: string;
}

/** Its binary: the one that is named, else the one that a script has built, else one on PATH. */
export function findServer({ variable, kept, command }: KeptServer): string | undefined {
  const named = process.env[variable];
  if (named) return named;
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const built = kept === undefined ? [] : [join(cache, "attach-gateway", "servers", kept)];
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, command));
  return [...built, ...onPath].find(isExecutable);
}

/**
 * Why the tests with a real server are skipped, or false when they run. CI sets `ATTACH_REQUIRE_SERVERS`, and a missing server is
 * then a failure instead.
 */
export function without(server: KeptServer): string | false {
  if (findServer(server) !== undefined) return false;
  const reason = `skipped: no ${server.name} here; ${server.hint}`;
  if (process.env["ATTACH_REQUIRE_SERVERS"] === "1")
    throw new Error(`ATTACH_REQUIRE_SERVERS=1, but ${reason}`);
  console.warn(`The tests with a real ${server.name} are ${reason}.`);
  return reason;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
