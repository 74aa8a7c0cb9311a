import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";

/** Which of the open-ended facts the policies look at: what they do not look at cannot change a decision. */
export interface Inputs {
  /** Who asks, for whom, by which chain; not what kind of caller it is, and not what its token is good for. */
  readonly caller: boolean;
  readonly method: boolean;
  readonly path: boolean;
  readonly model: boolean;
}

/**
 * Reads out of the policies' own trees which members of `context` they name. Where a policy takes `context` as a whole,
 * every member counts.
 */
export function inputsOf(policies: readonly PolicyJson[]): Inputs {
  const named = new Set<string>();
  for (const { conditions, principal } of policies) {
    visit(conditions, named);
    if (principal.op !== "All") named.add(PRINCIPAL);
  }
  const uses = (name: string) => named.has(name) || named.has(EVERYTHING);
  const caller = CALLER.some(uses);
  return { caller, method: uses("method"), path: uses("path"), model: uses("model") };
}

/** No attribute of ours has one of these names. */
const EVERYTHING = "*";
const PRINCIPAL = "@";
/** What `call.ts` makes of a caller. */
const CALLER = [PRINCIPAL, "user", "chain", "depth"];

function visit(node: unknown, named: Set<string>): void {
  if (Array.isArray(node)) {
    for (const part of node) visit(part, named);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    const member = key === "." || key === "has" ? memberOfContext(value) : undefined;
    if (member !== undefined) named.add(member);
    else if (key === "Var" && value === "context") named.add(EVERYTHING);
    else if (key === "Var" && value === "principal") named.add(PRINCIPAL);
    else visit(value, named);
  }
}

/** `context.x`, `context has x` and `context has x.y` name `x`. */
function memberOfContext(access: { left?: { Var?: unknown }; attr?: unknown }): string | undefined {
  if (access?.left?.Var !== "context") return undefined;
  const [name] = [access.attr].flat();
  return typeof name === "string" ? name : undefined;
}
