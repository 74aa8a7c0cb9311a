import type { FastifyInstance, FastifyRequest } from "fastify";
import type { GatewayError } from "../core/errors.ts";
import type { RelayedCall, Reservation } from "../core/ports/relayed-call.ts";
import type { Target } from "../http/path.ts";
import type { Pool } from "../proxy/balance.ts";
import type { Upstream } from "../proxy/upstream.ts";
import type { Following } from "./follow.ts";
import type { EngineScope } from "./scopes.ts";

/** What the stations of a call to an engine have found out so far. */
export interface EngineCall {
  /** What the engine is asked for: the request's target, without the prefix of an upstream. */
  readonly target: Target;
  readonly scope: EngineScope;
  /** Which engine it is meant for; `null` until one is chosen. */
  upstream: Upstream | null;
  /** Who may serve it; `null` until that is known. */
  pool: Pool | null;
  /** Why nobody can be asked; `null` where somebody can. */
  refusal: GatewayError | null;
  /** As the rooms beside the relay are told of it; `null` where none is there to be told. */
  told: RelayedCall | null;
  reservation: Reservation | null;
  following: Following | null;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Set by the first station of the engine's routes. */
    engine: EngineCall;
  }
}

export function decorateEngineCall(app: FastifyInstance): void {
  app.decorateRequest("engine");
}

export const scopeOf = ({ engine }: FastifyRequest): EngineScope => engine.scope;
