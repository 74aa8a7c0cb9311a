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
import { isUpstream } from "../proxy/balance.ts";
import { forward } from "../proxy/forward.ts";
import type { LiveExchanges } from "../proxy/live-exchanges.ts";
import type { Leg, Relay, RelayCall } from "../proxy/relay-call.ts";
import { identityStamps } from "../proxy/stamps.ts";
import type { Upstream } from "../proxy/upstream.ts";
import { address, choose, chosen } from "./choose.ts";
import { withDefaults } from "./default-model.ts";
import { decorateEngineCall, scopeOf } from "./engine-call.ts";
import { follow, settle } from "./follow.ts";
import { decoratePeeked, type PeekQuestions, peekBody } from "./peek-body.ts";
import { reserve } from "./reserve.ts";
import { namesModel } from "./scopes.ts";
import type { UpstreamTable } from "./upstream-table.ts";

export interface EngineLog {
  warn(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  isLevelEnabled(level: string): boolean;
}

export interface EngineOptions {
  readonly identity: IdentityVerifier;
  readonly dpop: DpopVerifier;
  readonly upstreams: UpstreamTable;
  /** For a body that names no model; unset: bodies pass byte for byte. */
  readonly defaultModel?: string | undefined;
  readonly policy: Policy;
  readonly live?: LiveExchanges;
  /** The session of a request, by its principal and user agent. */
  readonly sessions: (principal: Principal, userAgent: string) => string;
  /** Where every call is recorded once it is over; `null`: nowhere. */
  readonly calls: CallRecorder | null;
  /** Rooms beside the relay. One that is absent costs nothing; one that is there has the bodies of inference calls read. */
  readonly limiter?: CallLimiter;
  readonly meter?: UsageMeter;
  /** `durability: strict`: resolves when every record made so far is on the disk; an answer ends no sooner. */
  readonly durable?: (() => Promise<void>) | undefined;
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
  const { defaultModel, upstreams } = options;
  const isFollowed = limiter !== undefined || meter !== undefined || mirror !== undefined;
  const isRead = isFollowed || upstreams.byModel || defaultModel !== undefined;
  const describe = describer(options);
  app.route({
    method: app.supportedMethods as HTTPMethods[],
    url: "/*",
    exposeHeadRoute: false,
    onRequest: [
      address(upstreams),
      authorize(scopeOf, options),
      peekBody({ scopeOf, wants: isRead ? takesModel : () => false, ...filler(defaultModel) }, options),
      choose(upstreams),
      consultPolicy((request) => questionOf(request), options),
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

const takesModel = ({ method, engine }: FastifyRequest): boolean => namesModel(method, engine.target.path);

/** What is filled in where a model is to be; nothing where none is. */
function filler(model: string | undefined): Pick<PeekQuestions, "amend"> {
  if (model === undefined) return {};
  return {
    amend: (read, request) =>
      takesModel(request) ? withDefaults(read, request.engine.target.path, model) : read,
  };
}

const questionOf = (request: FastifyRequest, upstream: Upstream = chosen(request)): CallQuestion => ({
  action: "call",
  principal: request.principal,
  upstream: upstream.name,
  method: request.method,
  path: request.engine.target.path,
  scope: request.engine.scope,
  model: request.peeked?.model ?? null,
});

type Describe = (request: FastifyRequest) => RelayedCall;

function describer({ sessions, clock = systemClock }: EngineOptions): Describe {
  return (request) => {
    const { id, principal, method, engine, peeked, raw } = request;
    return {
      requestId: id,
      principal,
      session: sessions(principal, raw.headers["user-agent"] ?? ""),
      method,
      path: engine.target.path,
      scope: engine.scope,
      upstream: chosen(request).name,
      read: peeked,
      headers: raw.headers,
      at: clock.now(),
    };
  };
}

function relay(describe: Describe | null, options: EngineOptions): onRequestHookHandler {
  const { live, sessions, calls, durable, maxBodyBytes, log, clock = systemClock } = options;
  const sessionOf = ({ principal, raw }: FastifyRequest) =>
    sessions(principal, raw.headers["user-agent"] ?? "");
  const shared: Relay = {
    clock,
    maxBodyBytes,
    sendError,
    ...(live === undefined ? {} : { live }),
    awaitsRecords: durable !== undefined,
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
      const settled = told === null ? undefined : settle(reservation, following, { call: told, end, log });
      return durable === undefined ? undefined : Promise.resolve(settled).then(durable);
    },
  };
  return (request, reply) => {
    const { principal, engine, id } = request;
    if (describe !== null) {
      engine.told ??= describe(request);
      engine.following = follow(engine.told, options, log);
    }
    const { target, reservation, following, refusal } = engine;
    const session = sessionOf(request);
    const legTo = (upstream: Upstream): Leg => {
      const stamps = upstream.identityHeaders ? identityStamps(principal, session) : [];
      stamps.push(RESPONSE_HEADERS.requestId, id);
      if (following?.stamps !== undefined) stamps.push(...following.stamps);
      return { upstream, stamps };
    };
    forward(request, reply, {
      relay: shared,
      leg: legTo(chosen(request)),
      standIn: standInFor(request, legTo, options),
      refusal,
      target: target.raw,
      session,
      body: following?.body ?? request.peeked?.body ?? null,
      headers: reservation?.headers,
      tap: following?.tap,
    });
  };
}

/**
 * Who is asked when an upstream has failed: the next of the pool that the caller may use. The scope and the policies judged the first
 * one alone, and a failure must not lead past them.
 */
function standInFor(
  request: FastifyRequest,
  legTo: (upstream: Upstream) => Leg,
  { policy, enforce }: EngineOptions,
): RelayCall["standIn"] {
  const { engine } = request;
  if (engine.pool === null || engine.pool.members.length === 1) return undefined;
  const mayUse = (upstream: Upstream): boolean =>
    enforce === "report" || policy.decide(questionOf(request, upstream)).allowed;
  return (tried) => {
    const asked = [...tried];
    for (;;) {
      const next = engine.pool?.pick(asked);
      if (next === undefined || !isUpstream(next)) return null;
      if (mayUse(next)) return legTo(next);
      asked.push(next);
    }
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
