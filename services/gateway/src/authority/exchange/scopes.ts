import { narrowScopes, SCOPE_HIERARCHY } from "@attach-dev/protocol";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { AuthorityRefusal } from "../refusal.ts";

/** What no agent gets unless it is asked for by name (S01, S14; and by the same reason whatever rules others). */
const BY_NAME_ONLY: ReadonlySet<string> = new Set(["engine:any", "llm:admin", "admin", "audit:read"]);

export interface ScopeQuestion {
  /** `undefined`: whatever may be had. */
  readonly requested: readonly string[] | undefined;
  /** What the user may do, expanded. */
  readonly subject: ReadonlySet<string>;
  /** What else bounds it: the user's grant, the agent's ceiling, what the resource takes. */
  readonly ceilings?: readonly Iterable<string>[];
  /** What the delegation was given at first; `undefined` for a new one. */
  readonly delegation: readonly string[] | undefined;
  readonly mode: "strict" | "lenient";
}

/**
 * What the token may do: never more than was asked for, than the subject may, than the delegation began with, than any
 * other ceiling. An over-ask is
 * refused (`strict`) or narrowed, and the answer reports what is left (`lenient`). Nothing left is a refusal in both.
 */
export function decideScopes(question: ScopeQuestion): Result<readonly string[], AuthorityRefusal> {
  const { requested, subject, delegation, mode } = question;
  const ceilings = [subject, ...(delegation === undefined ? [] : [delegation]), ...(question.ceilings ?? [])];
  const asked = requested ?? delegation ?? usual(subject);
  const { granted, withheld } = narrowScopes(asked, ...ceilings);
  if (requested !== undefined && withheld.length > 0 && mode === "strict") {
    return refuse({ kind: "scope_exceeded", withheld });
  }
  return granted.length === 0 ? refuse({ kind: "scope_empty" }) : ok(granted);
}

/** Everything of the user's that needs no asking, in single scopes. */
function usual(subject: ReadonlySet<string>): readonly string[] {
  return [...subject].filter((scope) => !BY_NAME_ONLY.has(scope) && !SCOPE_HIERARCHY.has(scope));
}
