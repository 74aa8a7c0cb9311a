import type { FastifyInstance } from "fastify";
import { AUTHORITY_OPERATIONS } from "./authority/operations.ts";
import { VERSION } from "./cli/version.ts";
import type { Config } from "./config/config.ts";
import type { Clock } from "./core/clock.ts";
import type { Store } from "./core/ports/store.ts";
import type { AuthenticateOptions } from "./http/authenticate.ts";
import type { Measuring } from "./measuring.ts";
import { auditRoutes } from "./ops/audit.ts";
import { authConfigRoutes } from "./ops/auth-config.ts";
import { type HealthOptions, healthRoutes } from "./ops/health.ts";
import { metricsRoutes } from "./ops/metrics.ts";
import { OPERATIONS } from "./ops/openapi/operations.ts";
import { openApiRoutes, type RouteCollector } from "./ops/openapi/routes.ts";
import { usageRoutes } from "./ops/usage.ts";

export interface OperationsOptions extends Pick<AuthenticateOptions, "identity" | "dpop"> {
  readonly config: Config;
  readonly store: Pick<Store, "trail" | "usage">;
  readonly measuring: Pick<Measuring, "flush" | "expose">;
  readonly health: HealthOptions;
  readonly routes: RouteCollector;
  readonly clock: Clock;
}

/** What an operator looks at: health, metrics, trail, usage, and what all routes are. */
export async function operationsRoutes(own: FastifyInstance, options: OperationsOptions): Promise<void> {
  const { config, store, measuring, health, routes, clock, identity, dpop } = options;
  const { publicUrl } = config.server;
  await own.register(healthRoutes, health);
  await own.register(authConfigRoutes, { login: config.login });
  await own.register(auditRoutes, { identity, dpop, publicUrl, trail: store.trail });
  await own.register(usageRoutes, {
    identity,
    dpop,
    publicUrl,
    usage: store.usage,
    flush: measuring.flush,
    clock,
  });
  await own.register(metricsRoutes, { token: config.metricsToken, publicUrl, expose: measuring.expose });
  await own.register(openApiRoutes, {
    publicUrl,
    version: VERSION,
    routes,
    operations: { ...AUTHORITY_OPERATIONS, ...OPERATIONS },
  });
}
