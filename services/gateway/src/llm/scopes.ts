import { DANGEROUS_PATHS } from "./dangerous-paths.ts";
import { KNOWN_ROUTES, OTHER_INFERENCE, OWNED_PATHS } from "./known-routes.ts";

/** The scopes that engine routes need (CONTRACT §5). */
export type EngineScope = "llm:read" | "llm:admin" | "engine:any";

const dangerous: ReadonlySet<string> = new Set(DANGEROUS_PATHS);
const owned: ReadonlySet<string> = new Set(OWNED_PATHS);
const exact = new Map(KNOWN_ROUTES.filter(({ below }) => !below).map(({ path, methods }) => [path, methods]));
const below = new Map(KNOWN_ROUTES.filter(({ below }) => below).map(({ path, methods }) => [path, methods]));

/**
 * The scope that a request to the engine needs, out of the tables. The dangerous come first; what no table knows needs
 * `engine:any`, which no agent gets unless it is asked for by name.
 * @param path as `readTarget` normalises it
 */
export function requiredScope(method: string, path: string): EngineScope {
  // The commonest requests, in one look-up; the tables are disjoint, which a test proves.
  if (exact.get(path)?.includes(method)) return "llm:read";
  const ancestors = selfAndAbove(path);
  if (ancestors.some((prefix) => dangerous.has(prefix))) return "llm:admin";
  if (ancestors.some((prefix) => below.get(prefix)?.includes(method))) return "llm:read";
  return ancestors.some((prefix) => owned.has(prefix)) ? "llm:admin" : "engine:any";
}

/**
 * The same for an upstream with a base path (`https://host/v1`): judged as the gateway's path and as the engine's, and the
 * graver holds, since the engine may serve a dangerous path under either.
 */
export function requiredScopeBelow(basePath: string, method: string, path: string): EngineScope {
  const asked = requiredScope(method, path);
  if (basePath === "") return asked;
  const sent = requiredScope(method, path === "/" ? basePath : basePath + path);
  if (asked === "llm:admin" || sent === "llm:admin") return "llm:admin";
  return asked === "llm:read" || sent === "llm:read" ? "llm:read" : "engine:any";
}

const modelled: ReadonlySet<string> = new Set([
  ...KNOWN_ROUTES.filter(({ names }) => names === "model").map(({ path }) => path),
  ...OTHER_INFERENCE,
]);

/** Does the body of such a request name a model? Then it is worth reading. @param path as `readTarget` normalises it */
export function namesModel(method: string, path: string): boolean {
  return method === "POST" && modelled.has(path);
}

function selfAndAbove(path: string): string[] {
  const prefixes = [path];
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    prefixes.push(path.slice(0, end));
  }
  return prefixes;
}
