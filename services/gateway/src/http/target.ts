import type { FastifyInstance } from "fastify";
import { GatewayError } from "../core/errors.ts";
import { readTarget, type Target } from "./path.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The request's target as every later station sees it: one spelling, checked. */
    target: Target;
  }
}

/** Before any other station: a target that two servers could read differently is refused, never repaired (S14). */
export function checkTarget(app: FastifyInstance): void {
  app.decorateRequest("target");
  app.addHook("onRequest", (request, _reply, done) => {
    const target = readTarget(request.raw.url ?? "");
    if (target.ok) {
      request.target = target.value;
      done();
    } else {
      done(new GatewayError("bad_target", "the request target is not in a form that this gateway accepts"));
    }
  });
}
