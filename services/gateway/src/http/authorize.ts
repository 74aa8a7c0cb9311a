import type { FastifyRequest, onRequestHookHandler } from "fastify";
import { type Clock, systemClock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import type { CallRecorder } from "../core/ports/audit.ts";
import type { Policy, PolicyQuestion } from "../core/ports/policy.ts";
import type { Principal } from "../core/principal.ts";
import { callRefused } from "./call-event.ts";
import { insufficientScope, type Presented } from "./challenge.ts";

export interface AuthorizeOptions {
  readonly publicUrl: string;
  /** `report` lets a refusal through and tells of it, so that a team can see what would break (CONTRACT §2). */
  readonly enforce: "on" | "report";
  /** Where refusals are recorded; `null`: nowhere. */
  readonly calls: CallRecorder | null;
  readonly clock?: Clock;
  readonly log: { warn(fields: object, message: string): void };
}

/**
 * Second station: the token must hold the scope that `scopeOf` names for the request. Identity is always enforced; only
 * this refusal and the policies' can be set to report.
 */
export function authorize(
  scopeOf: (request: FastifyRequest) => string,
  { publicUrl, enforce, calls, clock = systemClock, log }: AuthorizeOptions,
): onRequestHookHandler {
  return (request, _reply, done) => {
    const needed = scopeOf(request);
    if (request.principal.scopes.has(needed)) return done();
    if (enforce === "on") {
      calls?.record(callRefused(request, { time: clock.now(), scope: needed, code: "insufficient_scope" }));
      return done(insufficientScope(publicUrl, needed, schemeOf(request.principal)));
    }
    request.wouldRefuse = "insufficient_scope";
    const { owner, kind } = request.principal;
    log.warn({ requestId: request.id, owner, kind, scope: needed }, "would refuse: insufficient scope");
    done();
  };
}

/** A bound token came with its proof, or it would not have come this far. */
const schemeOf = ({ jkt }: Principal): Presented => ({ scheme: jkt === null ? "Bearer" : "DPoP" });

type CallQuestion = Extract<PolicyQuestion, { action: "call" }>;

export interface PolicyStationOptions extends AuthorizeOptions {
  readonly policy: Policy;
}

/**
 * After the scope, the policies: they only ever take away. The caller is told that it was refused and nothing of the policies,
 * which are the operator's; the log and the audit trail name the one that decided.
 */
export function consultPolicy(
  questionOf: (request: FastifyRequest) => CallQuestion,
  { policy, enforce, calls, clock = systemClock, log }: PolicyStationOptions,
): onRequestHookHandler {
  return (request, _reply, done) => {
    const question = questionOf(request);
    const decision = policy.decide(question);
    request.decidedBy = decision.policy;
    if (decision.allowed) return done();
    const { owner, kind } = request.principal;
    const fields = { requestId: request.id, owner, kind, policy: decision.policy };
    if (enforce === "on") {
      log.warn(fields, "refused by policy");
      calls?.record(callRefused(request, { time: clock.now(), scope: question.scope, code: "policy" }));
      return done(new GatewayError("forbidden", "this is not allowed by the policies of this gateway"));
    }
    request.wouldRefuse = "policy";
    log.warn(fields, "would refuse: policy");
    done();
  };
}
