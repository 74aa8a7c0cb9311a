import type { FastifyRequest, onRequestHookHandler } from "fastify";
import { insufficientScope } from "./challenge.ts";

export interface AuthorizeOptions {
  readonly publicUrl: string;
  /** `report` lets a refusal through and tells of it, so that a team can see what would break (CONTRACT §2). */
  readonly enforce: "on" | "report";
  readonly log: { warn(fields: object, message: string): void };
}

/**
 * Second station: the token must hold the scope that `scopeOf` names for the request. Identity is always enforced; only
 * this refusal can be set to report.
 */
export function authorize(
  scopeOf: (request: FastifyRequest) => string,
  { publicUrl, enforce, log }: AuthorizeOptions,
): onRequestHookHandler {
  return (request, _reply, done) => {
    const needed = scopeOf(request);
    if (request.principal.scopes.has(needed)) return done();
    if (enforce === "on") return done(insufficientScope(publicUrl, needed));
    const { owner, kind } = request.principal;
    log.warn({ requestId: request.id, owner, kind, scope: needed }, "would refuse: insufficient scope");
    done();
  };
}
