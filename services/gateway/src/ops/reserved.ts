import type { FastifyInstance } from "fastify";
import { GatewayError } from "../core/errors.ts";
import { remember } from "../core/remember.ts";

/**
 * Paths that belong to the gateway (CONTRACT §3), whether or not this version serves them: a request for one must never
 * fall through to the engine, where the caller would meet an answer of somebody else's.
 */
const RESERVED = [
  "/attach",
  "/oauth",
  "/.well-known/oauth-authorization-server",
  "/.well-known/openid-configuration",
  "/.well-known/jwks.json",
  "/.well-known/oauth-protected-resource",
  "/.well-known/agent-card.json",
  "/.well-known/agent.json",
  "/a2a",
  "/tasks/send",
  "/tasks/status",
  "/mcp",
  "/mem",
  "/auth/config",
  "/healthz",
  "/readyz",
  "/metrics",
  "/v1/logs",
];

/** What the engine's room registers: everything that nobody has registered more exactly. */
const CATCH_ALL = "/*";

/**
 * Answers 404 for every reserved path that no room has registered more exactly, before any station of the engine's. A hook, since
 * a route for each of these paths and every method costs 8 MB and a tenth of the start.
 */
export function refuseReserved(app: FastifyInstance): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const isNobodys =
      isReserved(request.target.path) && (request.routeOptions.url ?? CATCH_ALL) === CATCH_ALL;
    done(isNobodys ? new GatewayError("not_found", "there is nothing here") : undefined);
  });
}

/** Of a path as it is matched: lower case, decoded. */
const isReserved = remember(
  (path: string) => RESERVED.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
  { entries: 1024, length: 128 },
);
