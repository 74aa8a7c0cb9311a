import { readTarget, type Target } from "../http/path.ts";

const PREFIX = "/upstreams";

/** A request that names its upstream: `/upstreams/<name>/…` (CONTRACT §3). */
export interface NamedUpstream {
  /** Lower case. */
  readonly name: string;
  /** What is asked of it. */
  readonly target: Target;
}

/**
 * Takes the prefix off a target. The rest is judged as a target of its own, so that the tables see what the engine will see.
 * @returns `undefined` for a target without the prefix, `null` for a prefix with nothing sound behind it
 */
export function readPrefix({ path, raw }: Target): NamedUpstream | null | undefined {
  if (!path.startsWith(PREFIX) || (path.length > PREFIX.length && path[PREFIX.length] !== "/"))
    return undefined;
  const name = path.slice(PREFIX.length + 1).split("/", 1)[0] ?? "";
  if (name === "") return null;
  // No escape hides a slash (S14), so that both spellings have the same segments.
  const [, , ...rest] = splitPath(raw);
  const target = readTarget(`/${rest.join("/")}${queryOf(raw)}`);
  return target.ok ? { name, target: target.value } : null;
}

const splitPath = (raw: string): string[] => (raw.split("?", 1)[0] ?? "").slice(1).split("/");

function queryOf(raw: string): string {
  const mark = raw.indexOf("?");
  return mark === -1 ? "" : raw.slice(mark);
}
