import type { PolicyDecision, PolicyQuestion } from "../core/ports/policy.ts";
import type { Principal } from "../core/principal.ts";
import { toCedar } from "./call.ts";
import type { PolicySet } from "./policy-set.ts";

/** What was decided for one caller, by the rest of the question. */
type Decided = Map<string, PolicyDecision>;

/** Callers remembered, and questions for each: callers choose what they ask, so both are bounded. */
const APART = { callers: 4096, questions: 64 };
/** The same where no policy looks at who asks: few kinds of callers then, and everybody's questions in one place. */
const ALIKE = { callers: 64, questions: 4096 };
const MAX_ANSWERS = 4096;
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

  const { caller: looksAtCaller, method, path, model } = set.inputs;
  const max = looksAtCaller ? APART : ALIKE;
  const keyOf = looksAtCaller ? callerKey : kindKey;

  function decidedFor(principal: Principal): Decided {
    const caller = keyOf(principal);
    let decided = byCaller.get(caller);
    if (decided === undefined) {
      if (byCaller.size >= max.callers) byCaller.clear();
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
      if (answers.size < MAX_ANSWERS) answers.set(name, answer);
    }
    return answer;
  }

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
    if (decided.size >= max.questions) decided.clear();
    decided.set(key, decision);
    return decision;
  };
}

/** What is left of a caller where nobody looks at who it is. */
function kindKey({ kind, scopes, jkt }: Principal): string {
  return JSON.stringify([kind, jkt !== null, [...scopes].sort()]);
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
  const parties = question.action === "delegate" ? [question.from, question.to] : [question.agent];
  return JSON.stringify([action, ...parties, registered, audience, [...scopes].sort()]);
}
