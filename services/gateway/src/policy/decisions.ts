import type { PolicyDecision, PolicyQuestion } from "../core/ports/policy.ts";
import type { Principal } from "../core/principal.ts";
import { toCedar } from "./call.ts";
import type { PolicySet } from "./policy-set.ts";

/** What was decided for one caller, by the rest of the question. */
type Decided = Map<string, PolicyDecision>;

/** Callers remembered, and questions for each: callers choose what they ask, so both are bounded. */
const MAX_CALLERS = 4096;
const MAX_QUESTIONS = 64;
/** A longer question is decided each time, so that what is remembered is bounded in bytes too. */
const MAX_KEY = 256;

/** Told of every policy that failed while it was worked out. */
export type OnFault = (fault: { readonly id: string; readonly problem: string }) => void;

/**
 * Decides by one policy set, and remembers by what Cedar was told: two tokens that say the same of their holder share their
 * answers, and a fact that no policy looks at is not in the key. Ends with its set, so a new set starts with nothing.
 */
export function createDecisions(
  set: PolicySet,
  onFault: OnFault,
): (question: PolicyQuestion) => PolicyDecision {
  /** By the very object, which lives as long as its token is remembered: the hot path builds no key for the caller. */
  const byPrincipal = new WeakMap<Principal, Decided>();
  const byCaller = new Map<string, Decided>();
  /** Many questions, few answers. */
  const answers = new Map<string, PolicyDecision>();

  function decidedFor(principal: Principal): Decided {
    const caller = callerKey(principal);
    let decided = byCaller.get(caller);
    if (decided === undefined) {
      if (byCaller.size >= MAX_CALLERS) byCaller.clear();
      decided = new Map();
      byCaller.set(caller, decided);
    }
    byPrincipal.set(principal, decided);
    return decided;
  }

  function judge(question: PolicyQuestion): PolicyDecision {
    const { allowed, policies, faults } = set.judge(toCedar(question));
    for (const fault of faults) onFault(fault);
    const policy = `${set.version}:${policies.length === 0 ? "none" : policies.join(",")}`;
    const name = `${allowed} ${policy}`;
    let answer = answers.get(name);
    if (answer === undefined) {
      answer = Object.freeze({ allowed, policy });
      if (answers.size < MAX_CALLERS) answers.set(name, answer);
    }
    return answer;
  }

  const { method, path, model } = set.inputs;

  function questionKey(question: PolicyQuestion): string {
    if (question.action !== "call") return grantKey(question);
    // No member holds a space, save a model, which stands last.
    let key = `${question.scope} ${question.upstream}`;
    if (method) key += ` ${question.method}`;
    if (path) key += ` ${question.path}`;
    if (model) key += question.model === null ? "" : ` ${question.model}`;
    return key;
  }

  return (question) => {
    const principal = question.action === "call" ? question.principal : question.subject;
    const decided = byPrincipal.get(principal) ?? decidedFor(principal);
    const key = questionKey(question);
    const known = decided.get(key);
    if (known !== undefined) return known;
    const decision = judge(question);
    if (key.length > MAX_KEY) return decision;
    if (decided.size >= MAX_QUESTIONS) decided.clear();
    decided.set(key, decision);
    return decision;
  };
}

/** Everything that `toCedar` says of a caller. */
function callerKey(principal: Principal): string {
  const { kind, owner, scopes, jkt } = principal;
  const who = [kind, owner.iss, owner.sub, owner.tenant, jkt !== null, [...scopes].sort()];
  return JSON.stringify(
    kind === "agent"
      ? [...who, principal.agent, principal.agentAuth, principal.act]
      : [...who, [...(principal.roles ?? [])].sort()],
  );
}

function grantKey(question: Exclude<PolicyQuestion, { action: "call" }>): string {
  const { action, registered, scopes, audience } = question;
  const parties = action === "exchange" ? [question.agent] : [question.from, question.to];
  return JSON.stringify([action, ...parties, registered, audience, [...scopes].sort()]);
}
