import type { FastifyPluginAsync } from "fastify";
import { type AuthenticateOptions, protect } from "../http/authenticate.ts";
import { agentRoutes } from "./registry/agent-routes.ts";
import { grantRoutes } from "./registry/grant-routes.ts";
import { refuseAgents } from "./registry/manager.ts";
import type { RegistryOptions } from "./registry/options.ts";
import { tokenRoutes } from "./registry/token-routes.ts";
import { revocationRoutes } from "./revocations/routes.ts";

export type ManagementOptions = RegistryOptions & AuthenticateOptions;

/** Nothing that is managed is large. */
const MAX_BODY_BYTES = 64 * 1024;

/** `/attach/v1/agents`, `tokens`, `grants` and `revocations`: for people and services, never for agents. */
export const managementRoutes: FastifyPluginAsync<ManagementOptions> = async (app, options) => {
  protect(app, options);
  app.addHook("onRequest", refuseAgents);
  app.addHook("onRequest", (_request, reply, done) => {
    // Answers hold secrets and who does what.
    reply.header("Cache-Control", "no-store");
    done();
  });
  app.addHook("onRoute", (route) => {
    route.bodyLimit = MAX_BODY_BYTES;
  });
  // What is answered is made by us, member by member; the shapes of answers are for the documentation.
  app.setSerializerCompiler(() => JSON.stringify);
  for (const routes of [agentRoutes, tokenRoutes, grantRoutes, revocationRoutes])
    await app.register(routes, options);
};
