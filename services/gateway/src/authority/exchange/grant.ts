import type { TokenExchangeResponse } from "@attach-dev/protocol";
import { uuidv7Time } from "../../core/ids.ts";
import type { DelegationRow } from "../../core/ports/store.ts";
import { isIssuedHere, type Principal } from "../../core/principal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import { type Issue, issue, tokenRow } from "../issue.ts";
import type { AuthorityOptions } from "../options.ts";
import { consumeProof } from "../proof.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import { fromStore } from "../store-call.ts";
import { judgeActor } from "./actor.ts";
import { chooseAudience } from "./audience.ts";
import { findCeilings } from "./ceilings.ts";
import { judgeChain } from "./chain.ts";
import { childDelegation, rootDelegation } from "./delegation.ts";
import { decideExpiry } from "./lifetime.ts";
import { earlierActors, findNode, type Node } from "./node.ts";
import { decideParties, type Parties } from "./parties.ts";
import { askPolicy } from "./policy.ts";
import type { ExchangeQuestion } from "./question.ts";
import { decideScopes } from "./scopes.ts";

type Granted = Result<TokenExchangeResponse, AuthorityRefusal>;

/**
 * What may be granted to a subject that is known, as ordered steps: who will act; the actor token; for which target; then what
 * `grantTo` decides.
 */
export async function grant(question: ExchangeQuestion, options: AuthorityOptions): Promise<Granted> {
  const parties = await decideParties(question, options);
  if (!parties.ok) return parties;
  const { holder } = parties.value;
  const actor = await judgeActor(question, options);
  if (!actor.ok) return actor;
  const audience = await chooseAudience(question.demand.targets, holder, options);
  if (!audience.ok) return audience;
  return grantTo(question, { parties: parties.value, audience: audience.value }, options);
}

/**
 * The rest, once holder and target are known: where in the tree; may that chain stand; what bounds it; scopes, lifetime, policy; then the
 * proof is used up and the token recorded.
 */
export async function grantTo(
  question: ExchangeQuestion,
  { parties, audience }: { readonly parties: Parties; readonly audience: string },
  options: AuthorityOptions,
): Promise<Granted> {
  const { holder } = parties;
  const node = await findNode(question, parties, options);
  if (!node.ok) return node;
  const chain = await judgeChain({ holder, earlier: earlierActors(node.value) }, options);
  if (!chain.ok) return chain;
  const ceilings = await findCeilings(question, { holder, audience }, options);
  if (!ceilings.ok) return ceilings;
  const found = { parties, audience, node: node.value, ceilings: ceilings.value };
  const decided = decide(question, found, options);
  if (!decided.ok) return decided;
  const proved = await fromStore(() => consumeProof(question.proof, options.store), options.log);
  if (!proved.ok) return proved;
  if (!proved.value.ok) return proved.value;
  const issued = await issue(decided.value, question.caller.requestId, options);
  if (!issued.ok) return issued;
  return ok({ ...issued.value, issued_token_type: question.demand.issuedType });
}

interface Found {
  readonly parties: Parties;
  readonly audience: string;
  readonly node: Node;
  readonly ceilings: readonly (readonly string[])[];
}

/** Everything that is decided without asking anybody but the policy. No I/O. */
function decide(
  question: ExchangeQuestion,
  { parties, audience, node, ceilings }: Found,
  options: AuthorityOptions,
): Result<Issue, AuthorityRefusal> {
  const { demand, subject, caller } = question;
  const { holder } = parties;
  const scopes = decideScopes({
    requested: demand.scopes,
    subject: subject.scopes,
    delegation: node.kind === "renewal" ? node.row.scopes : undefined,
    ceilings,
    mode: options.tokens.scopeMode,
  });
  if (!scopes.ok) return scopes;
  const limits = lifetimeLimits(question, node, options);
  const rules = { ...options.tokens, agentTtlSeconds: holder.record?.ttl ?? null };
  const expiresAt = decideExpiry({ ttl: demand.ttl, now: caller.at, limits, rules });
  if (!expiresAt.ok) return expiresAt;
  const jkt = decideKey(question, parties);
  if (!jkt.ok) return jkt;
  const from = earlierActors(node)[0];
  const policy = askPolicy(question, { holder, from, scopes: scopes.value, audience }, options);
  if (!policy.ok) return policy;

  const delegation = delegationOf(question, { node, agent: holder.id, scopes: scopes.value }, options);
  const token = tokenRow(delegation, {
    holder,
    audience,
    scopes: scopes.value,
    jkt: jkt.value,
    issuedAt: caller.at,
    expiresAt: expiresAt.value,
  });
  return ok({
    delegation,
    isNew: node.kind !== "renewal",
    token,
    holder: "agent",
    isRegistered: holder.record !== null,
    subjectIssuedAt: issuedAtOf(subject),
    policy: policy.value,
  });
}

/** Our own ids tell the millisecond, which an epoch is compared with (S12); a provider's may say anything. */
function issuedAtOf(subject: Principal): number {
  return (
    (isIssuedHere(subject) && subject.jti !== null ? uuidv7Time(subject.jti) : undefined) ?? subject.issuedAt
  );
}

/**
 * What the token may not outlive: the token it is made of, and its session. Only an agent that renews its own node, which it has
 * proved to hold, is bounded by the session alone.
 */
function lifetimeLimits(
  { subject, caller }: ExchangeQuestion,
  node: Node,
  { tokens }: AuthorityOptions,
): readonly number[] {
  if (node.kind === "root") return [subject.expiresAt, sessionEnd(caller.at, tokens)];
  if (node.kind === "child") return [subject.expiresAt, node.parent.renewableUntil];
  return node.by === "self" ? [node.row.renewableUntil] : [subject.expiresAt, node.row.renewableUntil];
}

const sessionEnd = (now: number, { sessionMaxSeconds }: AuthorityOptions["tokens"]) =>
  now + sessionMaxSeconds * 1000;

/**
 * The key the token is bound to (S03): the one the caller has proved, or, handed on, the one it names for the agent that will
 * hold it. A bound subject was proved by its own key before, so its children are always bound.
 */
function decideKey(
  { demand, proof }: ExchangeQuestion,
  { isPushed }: Parties,
): Result<string | null, AuthorityRefusal> {
  const proved = proof?.jkt ?? null;
  if (demand.jkt === undefined || demand.jkt === proved) return ok(proved);
  if (isPushed) return ok(demand.jkt);
  return refuse({ kind: "malformed_request", detail: "dpop_jkt is not the key of the DPoP proof" });
}

function delegationOf(
  { subject, caller }: ExchangeQuestion,
  at: { readonly node: Node; readonly agent: string; readonly scopes: readonly string[] },
  { tokens, sessions }: AuthorityOptions,
): DelegationRow {
  const { node, agent, scopes } = at;
  if (node.kind === "renewal") return node.row;
  if (node.kind === "child") return childDelegation({ parent: node.parent, agent }, { scopes }, caller.at);
  const session = sessions(subject, caller.userAgent);
  const terms = { scopes, session, renewableUntil: sessionEnd(caller.at, tokens) };
  return rootDelegation({ owner: subject.owner, agent }, terms, caller.at);
}
