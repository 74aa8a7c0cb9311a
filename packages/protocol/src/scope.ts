/** Scopes and their algebra: pure functions over space-delimited scope lists (RFC 6749 §3.3). */

/** Scopes the gateway itself defines. `mcp:<server>:<tool>` scopes are open-ended and matched by form. */
export const SCOPES = [
  "llm:read",
  "llm:admin",
  "engine:any",
  "chat:run",
  "a2a:send",
  "a2a:read",
  "memory:read",
  "memory:write",
  "audit:read",
  "admin",
] as const;

export type KnownScope = (typeof SCOPES)[number];

/** Composite scopes: the name on the left stands for exactly the scopes on the right. */
export const SCOPE_HIERARCHY: ReadonlyMap<string, readonly string[]> = new Map([
  ["chat:run", ["llm:read", "a2a:send", "a2a:read"]],
]);

const KNOWN: ReadonlySet<string> = new Set(SCOPES);
const MCP_SCOPE = /^mcp:[a-z0-9][a-z0-9._-]{0,63}:[A-Za-z0-9_.-]{1,128}$/;
/** RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ) */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Most scope tokens a list may name; more is refused as malformed. */
export const MAX_SCOPES = 64;
/** Longest scope list accepted, in characters. */
export const MAX_SCOPE_LENGTH = 2048;

/** Is this a scope that this product defines? */
export function isKnownScope(scope: string): boolean {
  return KNOWN.has(scope) || MCP_SCOPE.test(scope);
}

/**
 * Parses a scope list, duplicates removed, order kept.
 * @returns the scope tokens, or `undefined` where the list breaks the grammar of RFC 6749 §3.3 or is too long
 */
export function parseScope(list: string): readonly string[] | undefined {
  if (list.length > MAX_SCOPE_LENGTH) return undefined;
  if (list === "") return [];
  const tokens = list.split(" ");
  if (tokens.length > MAX_SCOPES || !tokens.every((token) => SCOPE_TOKEN.test(token))) return undefined;
  return [...new Set(tokens)];
}

export function formatScope(scopes: Iterable<string>): string {
  return [...scopes].join(" ");
}

/** Every scope that holding `scopes` amounts to: composites and their parts, both ways. */
export function expandScopes(scopes: Iterable<string>): ReadonlySet<string> {
  const held = new Set(scopes);
  for (const [composite, parts] of SCOPE_HIERARCHY) {
    if (held.has(composite)) for (const part of parts) held.add(part);
    else if (parts.every((part) => held.has(part))) held.add(composite);
  }
  return held;
}

/** What `narrowScopes` gave and what it withheld, both in the order they were asked for. */
export interface Narrowing {
  readonly granted: readonly string[];
  readonly withheld: readonly string[];
}

/**
 * The part of `requested` that every one of `ceilings` covers. A composite that is only partly covered is
 * granted in its covered parts and counts as withheld.
 */
export function narrowScopes(
  requested: Iterable<string>,
  ...ceilings: readonly Iterable<string>[]
): Narrowing {
  const limits = ceilings.map(expandScopes);
  const covered = (scope: string) => limits.every((limit) => limit.has(scope));
  const granted = new Set<string>();
  const withheld = new Set<string>();
  for (const scope of requested) {
    if (covered(scope)) granted.add(scope);
    else {
      withheld.add(scope);
      for (const part of SCOPE_HIERARCHY.get(scope) ?? []) if (covered(part)) granted.add(part);
    }
  }
  return { granted: [...granted], withheld: [...withheld] };
}
