import type { PolicyQuestion } from "../../core/ports/policy.ts";
import { ok, type Result, refuse } from "../../core/result.ts";
import type { Client } from "../client.ts";
import type { AuthorityOptions } from "../options.ts";
import type { AuthorityRefusal } from "../refusal.ts";
import type { ExchangeQuestion } from "./question.ts";

/**
 * The last word (T11): scopes and chains have said yes by now, and a policy only takes away. Asked at every renewal too, so that
 * a policy that was tightened reaches what was granted before.
 * @returns what decided, for the audit row
 */
export function askPolicy(
  { subject, caller }: ExchangeQuestion,
  asked: {
    readonly holder: Client;
    readonly from: string | undefined;
    readonly scopes: readonly string[];
    readonly audience: string;
  },
  { policy, enforce, log }: Pick<AuthorityOptions, "enforce" | "log" | "policy">,
): Result<string, AuthorityRefusal> {
  const { holder, from, scopes, audience } = asked;
  const common = { subject, registered: holder.record !== null, scopes, audience };
  const question: PolicyQuestion =
    from === undefined
      ? { action: "exchange", agent: holder.id, ...common }
      : { action: "delegate", from, to: holder.id, ...common };
  const decision = policy.decide(question);
  if (decision.allowed) return ok(decision.policy);
  if (enforce === "on") return refuse({ kind: "policy_refused", policy: decision.policy });
  log.info(
    { requestId: caller.requestId, policy: decision.policy, agent: holder.id, action: question.action },
    "would refuse",
  );
  return ok(decision.policy);
}
