import type { FastifyPluginAsync } from "fastify";
import { GatewayError } from "../core/errors.ts";

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
  "/upstreams",
  "/healthz",
  "/readyz",
  "/metrics",
  "/v1/logs",
];

/** Answers 404 for every reserved path that no other room has registered more exactly. */
export const reservedRoutes: FastifyPluginAsync = async (app) => {
  const notFound = () => {
    throw new GatewayError("not_found", "there is nothing here");
  };
  for (const prefix of RESERVED) {
    for (const url of [prefix, `${prefix}/*`]) {
      // One registration for all methods: one for each would cost 10 MB and a tenth of the start.
      const method = app.supportedMethods.filter((each) => !app.hasRoute({ method: each, url }));
      if (method.length > 0) app.route({ method, url, handler: notFound, exposeHeadRoute: false });
    }
  }
};
