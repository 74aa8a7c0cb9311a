import { GatewayError } from "../core/errors.ts";
import { ok, type Result, refuse } from "../core/result.ts";
import { createPool, type Pool } from "../proxy/balance.ts";
import type { Upstream } from "../proxy/upstream.ts";
import { type EngineScope, requiredScopeBelow } from "./scopes.ts";

/** What an upstream is there for. */
export interface Served {
  readonly upstream: Upstream;
  readonly kind: "ollama" | "openai" | "http";
  /** Names, or beginnings of names with `*` behind them; unset: what nobody else lists. */
  readonly models?: readonly string[];
  /** Beginnings of paths, lower case; unset: what nobody else lists. */
  readonly routes?: readonly string[];
}

/** Which upstream serves what. */
export interface UpstreamTable {
  /** An upstream on its own, by its name in any spelling. */
  named(name: string): Pool | undefined;
  /** The gravest scope that the request needs at any upstream it may come to. @param path as `readTarget` normalises it */
  scopeOf(method: string, path: string): EngineScope;
  /** Does the choice depend on the model? Then bodies must be read. */
  readonly byModel: boolean;
  /** Who serves a request: the most exact about its path, then about its model. */
  poolOf(path: string, model: string | null): Result<Pool, GatewayError>;
}

/** @param served the first is the default */
export function createUpstreamTable(served: readonly [Served, ...Served[]]): UpstreamTable {
  const [first] = served;
  const byName = new Map(served.map((entry) => [entry.upstream.name.toLowerCase(), entry]));
  const basePaths = [...new Set(served.map(({ upstream }) => upstream.basePath.toLowerCase()))];
  const pools = new Map<string, Pool>();
  const poolOfAll = ([head = first, ...others]: readonly Served[]): Pool => {
    const entries = [head, ...others];
    const key = entries.map((entry) => served.indexOf(entry)).join();
    const known = pools.get(key);
    if (known !== undefined) return known;
    const made = createPool([head.upstream, ...others.map(({ upstream }) => upstream)]);
    pools.set(key, made);
    return made;
  };
  const isPlain = served.length === 1 && first.models === undefined && first.routes === undefined;
  const only = isPlain && first.kind !== "openai" ? ok(poolOfAll(served)) : undefined;

  return {
    named(name) {
      const entry = byName.get(name.toLowerCase());
      return entry === undefined ? undefined : poolOfAll([entry]);
    },
    byModel: served.some(({ models }) => models !== undefined),
    scopeOf(method, path) {
      let gravest: EngineScope = requiredScopeBelow(basePaths[0] ?? "", method, path);
      for (let i = 1; i < basePaths.length; i++)
        gravest = graver(gravest, requiredScopeBelow(basePaths[i] ?? "", method, path));
      return gravest;
    },
    poolOf(path, model) {
      if (only !== undefined) return only;
      const serving = mostExact(served, path);
      if (serving.length === 0) return refuse(nobodyServes("this path"));
      if (model === null) return ok(poolOfAll(likeTheFirst(serving)));
      const listed = serving.filter(({ models }) => models?.some((pattern) => isNamedBy(pattern, model)));
      const rest = serving.filter(({ models }) => models === undefined);
      if (listed.length === 0 && rest.length === 0) return refuse(nobodyServes("this model"));
      return ok(poolOfAll(listed.length > 0 ? listed : rest));
    },
  };
}

const GRAVITY: readonly EngineScope[] = ["llm:read", "engine:any", "llm:admin"];

const graver = (one: EngineScope, other: EngineScope): EngineScope =>
  GRAVITY.indexOf(one) >= GRAVITY.indexOf(other) ? one : other;

/** Whose listed path is the longest that the request's begins with; without any, those that list none. */
function mostExact(served: readonly Served[], path: string): readonly Served[] {
  let length = 0;
  let best: Served[] = [];
  for (const entry of served) {
    const reach = reachOf(entry, path);
    if (reach > length) best = [];
    if (reach >= length) best.push(entry);
    length = Math.max(length, reach);
  }
  return best;
}

/** How much of a path an upstream lists, in characters; 0 where it lists none and takes what is left; -1: it is not for it. */
function reachOf({ routes, kind }: Served, path: string): number {
  if (routes !== undefined) {
    const fitting = routes.filter((route) => isBelow(route, path)).map(({ length }) => length);
    return Math.max(-1, ...fitting);
  }
  return kind === "openai" && isBelow("/api", path) ? -1 : 0;
}

const isBelow = (route: string, path: string): boolean =>
  route === "/" || path === route || path.startsWith(`${route}/`);

/** Where nothing names a model: the first, and those that stand beside it for the same models. */
function likeTheFirst(serving: readonly Served[]): readonly Served[] {
  const models = serving[0]?.models?.join("\n");
  return serving.filter((entry) => entry.models?.join("\n") === models);
}

/** Ollama takes a name without a tag for `:latest`. */
const untagged = (model: string): string => model.replace(/:latest$/, "");

function isNamedBy(pattern: string, model: string): boolean {
  return pattern.endsWith("*")
    ? model.startsWith(pattern.slice(0, -1))
    : untagged(pattern) === untagged(model);
}

function nobodyServes(what: string): GatewayError {
  return new GatewayError("not_found", `no upstream of this gateway serves ${what}`);
}
