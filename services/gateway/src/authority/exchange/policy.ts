import type { PolicyQuestion } from "../../core/ports/policy.ts";
import type { ServicePrincipal } from "../../core/principal.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Caller, Client } from "../client.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import type { ExchangeQuestion } from "./question.ts";

type PolicyOptions = Pick<AuthorityOptions, "enforce" | "log" | "policy">;
type Judged = Result<string, AuthorityRefusal>;

interface Asked {
  readonly holder: Client;
  readonly scopes: readonly string[];
  readonly audience: string;
}

/**
 * The last word (T11): scopes and chains have said yes by now, and a policy only takes away. Asked at every renewal too, so that
 * a policy that was tightened reaches what was granted before.
 * @returns what decided, for the audit row
 */
export function askPolicy(
  { subject, caller }: ExchangeQuestion,
  { holder, from, scopes, audience }: Asked & { readonly from: string | undefined },
  options: PolicyOptions,
): Judged {
  const common = { subject, registered: holder.record !== null, scopes, audience };
  const question: PolicyQuestion =
    from === undefined
      ? { action: "exchange", agent: holder.id, ...common }
      : { action: "delegate", from, to: holder.id, ...common };
  return obey(question, { caller, agent: holder.id }, options);
}

/** The same for a service account, which acts for nobody but itself. */
export function askPolicyOfAccount(
  subject: ServicePrincipal,
  { holder, scopes, audience, caller }: Asked & { readonly caller: Caller },
  options: PolicyOptions,
): Judged {
  const question = {
    action: "account",
    subject,
    agent: holder.id,
    registered: true,
    scopes,
    audience,
  } as const;
  return obey(question, { caller, agent: holder.id }, options);
}

function obey(
  question: PolicyQuestion,
  { caller, agent }: { readonly caller: Caller; readonly agent: string },
  { policy, enforce, log }: PolicyOptions,
): Judged {
  const decision = policy.decide(question);
  if (decision.allowed) return ok(decision.policy);
  if (enforce === "on") return refuse({ kind: "policy_refused", policy: decision.policy });
  log.info(
    { requestId: caller.requestId, policy: decision.policy, agent, action: question.action },
    "would refuse",
  );
  return ok(decision.policy);
}
