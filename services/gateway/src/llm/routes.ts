import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { FastifyPluginCallback, FastifyRequest, HTTPMethods, onRequestHookHandler } from "fastify";
import { type Clock, systemClock } from "../core/clock.ts";
import type { CallRecorder } from "../core/ports/audit.ts";
import type { DpopVerifier } from "../core/ports/dpop.ts";
import type { IdentityVerifier } from "../core/ports/identity.ts";
import type { Policy, PolicyQuestion } from "../core/ports/policy.ts";
import type { CallEnd, CallLimiter, Mirror, RelayedCall, UsageMeter } from "../core/ports/relayed-call.ts";
import type { Principal } from "../core/principal.ts";
import { protect } from "../http/authenticate.ts";
import { authorize, consultPolicy } from "../http/authorize.ts";
import { callAllowed, decorateCall } from "../http/call-event.ts";
import { sendError } from "../http/errors/write.ts";
import type { Relay } from "../proxy/exchange.ts";
import { forward } from "../proxy/forward.ts";
import type { LiveExchanges } from "../proxy/live-exchanges.ts";
import { identityStamps } from "../proxy/stamps.ts";
import type { Upstream } from "../proxy/upstream.ts";
import { decorateEngineCall, scopeOf } from "./engine-call.ts";
import { follow, settle } from "./follow.ts";
import { decoratePeeked, peekBody } from "./peek-body.ts";
import { reserve } from "./reserve.ts";
import { namesModel, requiredScopeBelow } from "./scopes.ts";

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
  /** Rooms beside the relay. One that is absent costs nothing; one that is there has the bodies of inference calls read. */
  readonly limiter?: CallLimiter;
  readonly meter?: UsageMeter;
  readonly mirror?: Mirror;
  readonly publicUrl: string;
  readonly enforce: "on" | "report";
  readonly maxBodyBytes: number;
  /** Largest body of an inference call that is read before it is relayed, in bytes. */
  readonly maxReadBytes?: number;
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
  decorateEngineCall(app);
  const { limiter, meter, mirror, clock = systemClock } = options;
  const isFollowed = limiter !== undefined || meter !== undefined || mirror !== undefined;
  const describe = describer(options);
  app.route({
    method: app.supportedMethods as HTTPMethods[],
    url: "/*",
    exposeHeadRoute: false,
    onRequest: [
      address(options),
      authorize(scopeOf, options),
      peekBody({ scopeOf, wants: isFollowed ? takesModel : () => false }, options),
      consultPolicy(questionOf, options),
      ...(limiter === undefined ? [] : [reserve(describe, { ...options, limiter, clock })]),
      relay(isFollowed ? describe : null, options),
    ],
    handler: () => {
      throw new Error("the relay answers before any handler");
    },
  });
  done();
};

type CallQuestion = Extract<PolicyQuestion, { action: "call" }>;

/** Which engine is asked for what, and the scope that this needs. */
function address({ upstream }: EngineOptions): onRequestHookHandler {
  const basePath = upstream.basePath.toLowerCase();
  return (request, _reply, done) => {
    const { target, method } = request;
    const scope = requiredScopeBelow(basePath, method, target.path);
    request.engine = { target, scope, upstream, told: null, reservation: null, following: null };
    done();
  };
}

const takesModel = ({ method, engine }: FastifyRequest): boolean => namesModel(method, engine.target.path);

const questionOf = ({ principal, method, engine, peeked }: FastifyRequest): CallQuestion => ({
  action: "call",
  principal,
  upstream: engine.upstream.name,
  method,
  path: engine.target.path,
  scope: engine.scope,
  model: peeked?.model ?? null,
});

type Describe = (request: FastifyRequest) => RelayedCall;

function describer({ sessions, clock = systemClock }: EngineOptions): Describe {
  return ({ id, principal, method, engine, peeked, raw }) => ({
    requestId: id,
    principal,
    session: sessions(principal, raw.headers["user-agent"] ?? ""),
    method,
    path: engine.target.path,
    scope: engine.scope,
    upstream: engine.upstream.name,
    read: peeked,
    headers: raw.headers,
    at: clock.now(),
  });
}

function relay(describe: Describe | null, options: EngineOptions): onRequestHookHandler {
  const { live, sessions, calls, maxBodyBytes, log, clock = systemClock } = options;
  const sessionOf = ({ principal, raw }: FastifyRequest) =>
    sessions(principal, raw.headers["user-agent"] ?? "");
  const shared: Relay = {
    clock,
    maxBodyBytes,
    sendError,
    ...(live === undefined ? {} : { live }),
    onSettled(request, end) {
      calls?.record(
        callAllowed(request, {
          time: end.endedAt,
          session: sessionOf(request),
          scope: scopeOf(request),
          status: end.status,
          code: end.error?.code ?? null,
          aborted: end.aborted,
        }),
      );
      tell(log, request, end);
      const { told, reservation, following } = request.engine;
      if (told !== null) settle(reservation, following, { call: told, end, log });
    },
  };
  return (request, reply) => {
    const { principal, engine, id } = request;
    if (describe !== null) {
      engine.told ??= describe(request);
      engine.following = follow(engine.told, options, log);
    }
    const { upstream, target, reservation, following } = engine;
    const session = sessionOf(request);
    const stamps = upstream.identityHeaders ? identityStamps(principal, session) : [];
    stamps.push(RESPONSE_HEADERS.requestId, id);
    if (following?.stamps !== undefined) stamps.push(...following.stamps);
    forward(request, reply, {
      relay: shared,
      upstream,
      target: target.raw,
      stamps,
      session,
      body: following?.body ?? request.peeked?.body ?? null,
      headers: reservation?.headers,
      tap: following?.tap,
    });
  };
}

/** Failures are told with their cause, which the caller never sees; what went well only where somebody is debugging. */
function tell(log: EngineLog, request: FastifyRequest, end: CallEnd): void {
  if (end.error === null && !log.isLevelEnabled("debug")) return;
  const { status, bytesIn, bytesOut, aborted, error, upstream } = end;
  const fields = {
    requestId: request.id,
    method: request.method,
    path: request.target.path,
    upstream,
    status,
    bytesIn,
    bytesOut,
  };
  if (error === null) log.debug({ ...fields, aborted }, "relayed");
  else log.warn({ ...fields, code: error.code, cause: String(error.cause ?? error.message) }, "relay failed");
}
