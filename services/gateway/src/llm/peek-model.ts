import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from "fastify";
import { type Clock, systemClock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import type { CallRecorder } from "../core/ports/audit.ts";
import type { Policy } from "../core/ports/policy.ts";
import { callRefused } from "../http/call-event.ts";
import { overloaded } from "../proxy/failure.ts";
import { readFraming } from "../proxy/framing.ts";
import type { LiveExchanges } from "../proxy/live-exchanges.ts";
import { type CollectLimits, createCollector } from "./collect-body.ts";
import { modelOf } from "./model-of.ts";

/** What was read of a request before it is relayed. */
export interface Peeked {
  /** Goes to the engine as it came; `null` where it was not read, and is still to come. */
  readonly body: Buffer | null;
  /** What the policies are told. */
  readonly model: string | null;
}

declare module "fastify" {
  interface FastifyRequest {
    /** `null` unless a body was looked at. */
    peeked: Peeked | null;
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
  readonly limits?: CollectLimits;
}

const MiB = 1024 * 1024;
/** A picture or two fit in. */
const LIMITS: CollectLimits = { maxBytes: 8 * MiB, maxHeld: 256 * MiB, withinMs: 30_000 };

/** Before any route that peeks. */
export function decoratePeeked(app: FastifyInstance): void {
  app.decorateRequest("peeked", null);
}

/**
 * Between scope and policy, and only while some policy looks at models: reads the body for the one it names. Where an engine
 * might find a model that we do not see, a request for inference is refused: a policy about models is one also for those who
 * would rather not name theirs. What needs `llm:admin` or `engine:any` is then asked about without a model.
 */
export function peekModel(
  scopeOf: (request: FastifyRequest) => string,
  { policy, enforce, calls, log, live, clock = systemClock, limits = LIMITS }: PeekOptions,
): onRequestHookHandler {
  const collect = createCollector(limits);

  return (request, reply, done) => {
    if (!policy.needsModel) return done();
    const framing = readFraming(request.raw);
    // Ambiguous framing is the relay's to refuse.
    if (framing === 0 || framing === undefined) return done();

    const unseen = (body: Buffer | null, error: GatewayError): void => {
      request.peeked = { body, model: null };
      const scope = scopeOf(request);
      if (scope === "llm:read" && enforce === "on") {
        calls?.record(callRefused(request, { time: clock.now(), scope, code: "model_unreadable" }));
        done(error);
        return;
      }
      if (scope === "llm:read") {
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
    const stop = collect(request.raw, (body) => {
      live?.delete(waiting);
      if (body === "gone") return;
      if (body === "no room") return done(overloaded());
      if (body === "too slow") return done(new GatewayError("bad_request", "the body did not come in time"));
      if (body === "too large") return unseen(null, tooLarge(limits));
      const reading = modelOf(body);
      if (reading.kind === "unreadable") return unseen(body, unreadable());
      request.peeked = { body, model: reading.kind === "named" ? reading.model : null };
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
