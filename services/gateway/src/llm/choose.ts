import type { FastifyRequest, onRequestHookHandler } from "fastify";
import { GatewayError } from "../core/errors.ts";
import type { Target } from "../http/path.ts";
import { isUpstream, type NoUpstream, type Pool } from "../proxy/balance.ts";
import { overloaded, unavailable } from "../proxy/failure.ts";
import type { Upstream } from "../proxy/upstream.ts";
import type { EngineCall } from "./engine-call.ts";
import { requiredScopeBelow } from "./scopes.ts";
import { readPrefix } from "./upstream-prefix.ts";
import type { UpstreamTable } from "./upstream-table.ts";

/**
 * First station after authentication: what is asked of an engine, and the scope that it needs. An upstream's own prefix leads past
 * every choice, and past nothing else: what stands behind it is judged like any other path.
 */
export function address(table: UpstreamTable): onRequestHookHandler {
  return (request, _reply, done) => {
    const { target, method } = request;
    const prefixed = readPrefix(target);
    if (prefixed === undefined) {
      request.engine = begin(target, table.scopeOf(method, target.path));
      return done();
    }
    const pool = prefixed === null ? undefined : table.named(prefixed.name);
    if (prefixed === null || pool === undefined)
      return done(new GatewayError("not_found", "this gateway has no upstream of that name"));
    const basePath = pool.members[0].basePath.toLowerCase();
    request.engine = begin(prefixed.target, requiredScopeBelow(basePath, method, prefixed.target.path), pool);
    done();
  };
}

function begin(target: Target, scope: EngineCall["scope"], pool: Pool | null = null): EngineCall {
  return {
    target,
    scope,
    pool,
    upstream: null,
    refusal: null,
    told: null,
    reservation: null,
    following: null,
  };
}

/**
 * After the body was read: which upstream is asked. Where none can be, the call still goes through the policies and the limits, and
 * is then told so: whoever may not call learns nothing of how the engines are.
 */
export function choose(table: UpstreamTable): onRequestHookHandler {
  return (request, _reply, done) => {
    const { engine, peeked } = request;
    if (engine.pool === null) {
      const pool = table.poolOf(engine.target.path, peeked?.model ?? null);
      if (!pool.ok) return done(pool.reason);
      engine.pool = pool.value;
    }
    const picked = engine.pool.pick();
    if (isUpstream(picked)) engine.upstream = picked;
    else {
      engine.upstream = engine.pool.members[0];
      engine.refusal = refusalOf(picked);
    }
    done();
  };
}

/** The upstream that `choose` has chosen. */
export function chosen({ engine }: FastifyRequest): Upstream {
  if (engine.upstream === null) throw new Error("no upstream was chosen");
  return engine.upstream;
}

function refusalOf({ why, waitMs }: NoUpstream): GatewayError {
  return why === "full" ? overloaded() : unavailable(waitMs);
}
