/** How the members of `context` are written that come in one case only. */
const FOLDED: Readonly<Record<string, "lower" | "upper">> = {
  model: "lower",
  path: "lower",
  method: "upper",
};

/** A literal that can never be equal to what it is compared with. */
export interface Misspelling {
  readonly member: string;
  readonly literal: string;
  readonly writtenIn: "lower" | "upper";
}

/**
 * Finds literals in the wrong case: `context.model == "GPT-5"` fits the schema, never holds, and protects nothing.
 * @param node a policy's conditions
 */
export function misspellings(node: unknown): readonly Misspelling[] {
  if (Array.isArray(node)) return node.flatMap(misspellings);
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => [
    ...(COMPARISONS.has(key) ? compared(value as Comparison) : []),
    ...misspellings(value),
  ]);
}

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "like", "contains"]);

interface Comparison {
  readonly left?: unknown;
  readonly right?: unknown;
  readonly pattern?: unknown;
}

function compared({ left, right, pattern }: Comparison): readonly Misspelling[] {
  const member = memberOf(left) ?? memberOf(right);
  const writtenIn = member === undefined ? undefined : FOLDED[member];
  if (member === undefined || writtenIn === undefined) return [];
  return [...literals(left), ...literals(right), ...literals(pattern)].flatMap((literal) => {
    const folded = writtenIn === "lower" ? literal.toLowerCase() : literal.toUpperCase();
    return literal === folded ? [] : [{ member, literal, writtenIn }];
  });
}

/** `context.x` is `x`. */
function memberOf(side: unknown): string | undefined {
  const access = (side as { "."?: { left?: { Var?: unknown }; attr?: unknown } } | undefined)?.["."];
  return access?.left?.Var === "context" && typeof access.attr === "string" ? access.attr : undefined;
}

/** The strings of a value, of a set of them, or of a pattern. */
function literals(side: unknown): readonly string[] {
  if (Array.isArray(side)) return side.flatMap(literals);
  if (typeof side !== "object" || side === null) return [];
  const { Value, Set: members, Literal } = side as { Value?: unknown; Set?: unknown; Literal?: unknown };
  const own = [Value, Literal].flat().filter((text) => typeof text === "string");
  return [...own, ...literals(members)];
}
