import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from "fastify";
import { type Clock, systemClock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import type { CallRecorder } from "../core/ports/audit.ts";
import type { Policy } from "../core/ports/policy.ts";
import type { ReadBody } from "../core/ports/relayed-call.ts";
import { callRefused } from "../http/call-event.ts";
import { overloaded } from "../proxy/failure.ts";
import { readFraming } from "../proxy/framing.ts";
import type { LiveExchanges } from "../proxy/live-exchanges.ts";
import { type CollectLimits, createCollector } from "./collect-body.ts";
import { modelOf } from "./model-of.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** `null` unless a body was looked at. */
    peeked: ReadBody | null;
  }
}

export interface PeekOptions {
  readonly policy: Policy;
  readonly enforce: "on" | "report";
  readonly log: { warn(fields: object, message: string): void };
  /** Where a request stands while its body is awaited, so that a revoked token ends it. */
  readonly live?: LiveExchanges;
  /** The audit trail of calls. */
  readonly calls: CallRecorder | null;
  readonly clock?: Clock;
  /** Largest body that is read, in bytes. */
  readonly maxReadBytes?: number;
  /** Largest that is relayed. */
  readonly maxBodyBytes: number;
}

/** What the station is told of a request. */
export interface PeekQuestions {
  scopeOf(request: FastifyRequest): string;
  /** Does anything beside the policies want this body? What cannot be read then passes unread. */
  wants(request: FastifyRequest): boolean;
  /** What a body comes to that was read. */
  amend?(read: ReadBody, request: FastifyRequest): ReadBody;
}

const MiB = 1024 * 1024;
/** A picture or two fit in. */
const MAX_READ_BYTES = 8 * MiB;
const LIMITS = { maxHeld: 256 * MiB, maxHeldByOne: 64 * MiB, withinMs: 30_000 };

/** Before any route that peeks. */
export function decoratePeeked(app: FastifyInstance): void {
  app.decorateRequest("peeked", null);
}

/**
 * Between scope and policy: reads the body of a call where something looks at it. Where a policy asks for the model and an
 * engine might find one that we do not see, a request for inference is refused: a policy about models is one also for those who
 * would rather not name theirs. What needs `llm:admin` or `engine:any` is then asked about without a model.
 */
export function peekBody(
  { scopeOf, wants, amend }: PeekQuestions,
  {
    policy,
    enforce,
    calls,
    log,
    live,
    clock = systemClock,
    maxReadBytes = MAX_READ_BYTES,
    maxBodyBytes,
  }: PeekOptions,
): onRequestHookHandler {
  const maxBytes = Math.min(maxReadBytes, maxBodyBytes);
  const limits: CollectLimits = {
    ...LIMITS,
    maxBytes,
    maxHeldByOne: Math.max(LIMITS.maxHeldByOne, maxBytes),
  };
  const collector = createCollector(limits);

  return (request, reply, done) => {
    if (!policy.needsModel && !wants(request)) return done();
    const framing = readFraming(request.raw);
    // Ambiguous framing is the relay's to refuse, and so is what is too large for it.
    if (framing === 0 || framing === undefined) return done();
    if (framing !== "chunked" && framing > maxBodyBytes) return done();

    const unseen = (body: Buffer | null, error: GatewayError): void => {
      request.peeked = { body, json: null, model: null, stream: null };
      const scope = scopeOf(request);
      if (policy.needsModel && scope === "llm:read") {
        if (enforce === "on") {
          calls?.record(callRefused(request, { time: clock.now(), scope, code: "model_unreadable" }));
          done(error);
          return;
        }
        request.wouldRefuse = "model_unreadable";
        log.warn({ requestId: request.id }, "would refuse: the model cannot be read");
      }
      done();
    };
    if (framing !== "chunked" && framing > limits.maxBytes) return unseen(null, tooLarge(limits));
    // The scope has said yes. Who waits for leave to send gets it, since the policies judge what is sent (S15).
    if (request.raw.headers.expect !== undefined) reply.raw.writeContinue();

    const waiting = {
      principal: request.principal,
      slot: -1,
      fail(error: GatewayError) {
        stop();
        done(error);
      },
    };
    live?.add(waiting);
    const { owner } = request.principal;
    const stop = collector.collect({ incoming: request.raw, declared: framing, owner }, (body) => {
      live?.delete(waiting);
      if (body === "gone") return;
      if (body === "no room") return done(overloaded());
      if (body === "too slow") return done(new GatewayError("bad_request", "the body did not come in time"));
      if (body === "too large") return unseen(null, tooLarge(limits));
      if (collector.counts(body)) reply.raw.once("close", () => collector.release(owner, body));
      const reading = modelOf(body);
      if (reading.kind === "unreadable") return unseen(body, unreadable());
      const { json } = reading;
      const stream = typeof json["stream"] === "boolean" ? json["stream"] : null;
      const read = { body, json, model: reading.kind === "named" ? reading.model : null, stream };
      request.peeked = amend === undefined ? read : amend(read, request);
      done();
    });
  };
}

function tooLarge({ maxBytes }: CollectLimits): GatewayError {
  return new GatewayError(
    "forbidden",
    `this gateway's policies ask for the model, so the body may have ${maxBytes} bytes at most`,
  );
}

function unreadable(): GatewayError {
  return new GatewayError(
    "forbidden",
    "this gateway's policies ask for the model: send one JSON object that names it at most once",
  );
}
