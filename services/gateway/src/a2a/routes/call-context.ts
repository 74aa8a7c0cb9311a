import type { FastifyInstance, FastifyRequest } from "fastify";
import type { A2aCall } from "../calls/call.ts";
import { OPERATION_SCOPE } from "../calls/operations.ts";
import type { RestRoute } from "../calls/read-rest.ts";
import type { Callable } from "../directory.ts";
import type { Wire } from "../errors/render.ts";
import type { Note } from "../relay/relayed.ts";

/** What is known of a call, as the stations find it out. */
export interface CallContext {
  agent: Callable | null;
  route: RestRoute | null;
  call: A2aCall | null;
  readonly note: Note;
}

declare module "fastify" {
  interface FastifyRequest {
    a2a: CallContext | null;
  }
}

export function decorateContext(app: FastifyInstance): void {
  app.decorateRequest("a2a", null);
}

export function contextOf(request: FastifyRequest): CallContext {
  request.a2a ??= { agent: null, route: null, call: null, note: { task: null, state: null } };
  return request.a2a;
}

export function callOf(request: FastifyRequest): A2aCall {
  const call = request.a2a?.call ?? null;
  if (call === null) throw new TypeError("the call is read before it is judged");
  return call;
}

export function agentOf(request: FastifyRequest): Callable {
  const agent = request.a2a?.agent ?? null;
  if (agent === null) throw new TypeError("the agent is found before it is called");
  return agent;
}

/** The scope that a call needs; of one that cannot be read yet, the least. */
export function scopeOf(request: FastifyRequest): string {
  const operation = request.a2a?.call?.operation ?? request.a2a?.route?.operation;
  return operation === undefined ? "a2a:read" : OPERATION_SCOPE[operation];
}

/** How errors look on this route. */
export function wireOf(request: FastifyRequest): Wire {
  const { call = null, route = null } = request.a2a ?? {};
  const isRest = request.target.path.split("/")[4] === "rest";
  return {
    binding: call?.binding ?? (isRest ? "HTTP+JSON" : "JSONRPC"),
    era: call?.era ?? route?.era ?? "1.0",
    rpcId: call?.rpcId ?? null,
  };
}
