import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { FastifyPluginCallback, FastifyRequest, HTTPMethods, onRequestHookHandler } from "fastify";
import { type Clock, systemClock } from "../core/clock.ts";
import type { CallRecorder } from "../core/ports/audit.ts";
import type { DpopVerifier } from "../core/ports/dpop.ts";
import type { IdentityVerifier } from "../core/ports/identity.ts";
import type { Policy, PolicyQuestion } from "../core/ports/policy.ts";
import type { Principal } from "../core/principal.ts";
import { protect } from "../http/authenticate.ts";
import { authorize, consultPolicy } from "../http/authorize.ts";
import { callAllowed, decorateCall } from "../http/call-event.ts";
import { sendError } from "../http/errors/write.ts";
import type { Outcome, Relay } from "../proxy/exchange.ts";
import { forward } from "../proxy/forward.ts";
import type { LiveExchanges } from "../proxy/live-exchanges.ts";
import { identityStamps } from "../proxy/stamps.ts";
import type { Upstream } from "../proxy/upstream.ts";
import { decoratePeeked, peekModel } from "./peek-model.ts";
import { requiredScopeBelow } from "./scopes.ts";

export interface EngineLog {
  warn(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  isLevelEnabled(level: string): boolean;
}

export interface EngineOptions {
  readonly identity: IdentityVerifier;
  readonly dpop: DpopVerifier;
  readonly upstream: Upstream;
  readonly policy: Policy;
  readonly live?: LiveExchanges;
  /** The session of a request, by its principal and user agent. */
  readonly sessions: (principal: Principal, userAgent: string) => string;
  /** Where every call is recorded once it is over; `null`: nowhere. */
  readonly calls: CallRecorder | null;
  readonly publicUrl: string;
  readonly enforce: "on" | "report";
  readonly maxBodyBytes: number;
  readonly log: EngineLog;
  readonly clock?: Clock;
}

/**
 * Everything that is not ours is the engine's (CONTRACT §3): any path, any method, through the same stations in this order.
 * The relay is the last of the `onRequest` stations and not a handler, so that Fastify never looks at a body: it would refuse
 * content types and methods that an engine may well take.
 */
export const engineRoutes: FastifyPluginCallback<EngineOptions> = (app, options, done) => {
  protect(app, options);
  decoratePeeked(app);
  decorateCall(app);
  const basePath = options.upstream.basePath.toLowerCase();
  const scopeOf = ({ method, target }: FastifyRequest) => requiredScopeBelow(basePath, method, target.path);
  const questionOf = (request: FastifyRequest): CallQuestion => ({
    action: "call",
    principal: request.principal,
    upstream: options.upstream.name,
    method: request.method,
    path: request.target.path,
    scope: scopeOf(request),
    model: request.peeked?.model ?? null,
  });
  app.route({
    method: app.supportedMethods as HTTPMethods[],
    url: "/*",
    exposeHeadRoute: false,
    onRequest: [
      authorize(scopeOf, options),
      peekModel(scopeOf, options),
      consultPolicy(questionOf, options),
      relay(scopeOf, options),
    ],
    handler: () => {
      throw new Error("the relay answers before any handler");
    },
  });
  done();
};

type CallQuestion = Extract<PolicyQuestion, { action: "call" }>;

function relay(
  scopeOf: (request: FastifyRequest) => string,
  { upstream, live, sessions, calls, maxBodyBytes, log, clock = systemClock }: EngineOptions,
): onRequestHookHandler {
  const sessionOf = ({ principal, raw }: FastifyRequest) =>
    sessions(principal, raw.headers["user-agent"] ?? "");
  const shared: Relay = {
    clock,
    maxBodyBytes,
    sendError,
    ...(live === undefined ? {} : { live }),
    onSettled(request, outcome) {
      calls?.record(
        callAllowed(request, {
          time: clock.now(),
          session: sessionOf(request),
          scope: scopeOf(request),
          status: outcome.status,
          code: outcome.error?.code ?? null,
          aborted: outcome.aborted,
        }),
      );
      tell(log, request, outcome);
    },
  };
  return (request, reply) => {
    const { principal, target, id } = request;
    const session = sessionOf(request);
    const stamps = upstream.identityHeaders ? identityStamps(principal, session) : [];
    stamps.push(RESPONSE_HEADERS.requestId, id);
    const body = request.peeked?.body ?? null;
    forward(request, reply, { relay: shared, upstream, target: target.raw, stamps, session, body });
  };
}

/** Failures are told with their cause, which the caller never sees; what went well only where somebody is debugging. */
function tell(log: EngineLog, request: FastifyRequest, outcome: Outcome): void {
  if (outcome.error === null && !log.isLevelEnabled("debug")) return;
  const { status, bytesIn, bytesOut, aborted, error } = outcome;
  const fields = {
    requestId: request.id,
    method: request.method,
    path: request.target.path,
    status,
    bytesIn,
    bytesOut,
  };
  if (error === null) log.debug({ ...fields, aborted }, "relayed");
  else log.warn({ ...fields, code: error.code, cause: String(error.cause ?? error.message) }, "relay failed");
}
