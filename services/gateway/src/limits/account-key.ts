import type { Dimension, LimitRule, RuleScope, RuleWindow } from "../core/limit-rule.ts";
import { ownerKey } from "../core/owner.ts";
import type { Principal } from "../core/principal.ts";
import type { LimitQuestion } from "./question.ts";
import { matches } from "./rule.ts";

/**
 * The account of a rule that a call counts against: the same for the same (issuer, subject), agent and so on, and never the same for two.
 * @returns `undefined` where the rule is not for this call
 */
export function accountKey(rule: LimitRule, question: LimitQuestion): string | undefined {
  if (!isFor(rule.only, question)) return undefined;
  let key = `${rule.name}@${windowName(rule.window)}`;
  for (const dimension of rule.by) {
    const part = partOf(dimension, question);
    if (part === undefined) return undefined;
    key += `\n${part}`;
  }
  return key;
}

function isFor({ user, agent, model, route }: RuleScope, question: LimitQuestion): boolean {
  const { principal } = question;
  if (user !== undefined && (user.iss !== principal.owner.iss || user.sub !== principal.owner.sub))
    return false;
  if (agent !== undefined && (principal.kind !== "agent" || !matches(agent, principal.agent))) return false;
  if (model !== undefined && !mayBe(model, question)) return false;
  return route === undefined || matches(route, question.route);
}

/** A call that runs a model which nobody can tell may run this one: whoever hides the name gets past nothing by it. */
function mayBe(pattern: string, { model, tokens }: LimitQuestion): boolean {
  return model === null ? tokens !== null : matches(pattern, modelName(model));
}

/** No part holds a line end, so that two keys are equal only where all parts are. */
function partOf(
  dimension: Dimension,
  { principal, model, route, tokens }: LimitQuestion,
): string | undefined {
  switch (dimension) {
    case "user":
      return keyOfOwner(principal);
    case "agent":
      if (principal.kind !== "agent") return undefined;
      // An id that nobody registered is anybody's to name: whoever does must not use up another user's share.
      return principal.agentAuth === "none"
        ? `${principal.agent}\t${keyOfOwner(principal)}`
        : principal.agent;
    case "delegation":
      return principal.kind === "agent" ? principal.root : undefined;
    case "model":
      if (model !== null) return JSON.stringify(modelName(model));
      // All that hide it share one count.
      return tokens === null ? undefined : "null";
    case "route":
      return route;
  }
}

/** Engines take several spellings for one model: Ollama adds `:latest` and ignores case. */
export function modelName(model: string): string {
  const lower = model.toLowerCase();
  return lower.endsWith(":latest") ? lower.slice(0, -":latest".length) : lower;
}

const owners = new WeakMap<Principal, string>();

/** Worked out once for a remembered token. */
function keyOfOwner(principal: Principal): string {
  const known = owners.get(principal);
  if (known !== undefined) return known;
  const key = ownerKey(principal.owner);
  owners.set(principal, key);
  return key;
}

function windowName(window: RuleWindow): string {
  return window.kind === "sliding" ? String(window.ms) : window.kind;
}
