import type { FastifyPluginAsync } from "fastify";
import { managementOf } from "./agent-routes.ts";
import { putGrant, revokeGrant, showGrant } from "./grants.ts";
import { managerOf } from "./manager.ts";
import type { RegistryOptions } from "./options.ts";
import { pageQuestion, showPage } from "./page.ts";
import { AgentParams, GrantCreate, GrantShape, NoBody, PageQuery, pageOf } from "./schema.ts";

const tags = ["grants"];

/** `/attach/v1/grants`: what users have allowed agents beyond asking each time. Made by the user alone. */
export const grantRoutes: FastifyPluginAsync<RegistryOptions> = async (app, options) => {
  app.post<{ Body: GrantCreate }>(
    "/attach/v1/grants",
    {
      schema: {
        tags,
        operationId: "createGrant",
        summary: "Allow an agent; takes the place of what it was allowed before",
        body: GrantCreate,
        response: { 201: GrantShape },
      },
    },
    async (request, reply) => {
      reply.code(201);
      return putGrant(request.body, managementOf(request), options);
    },
  );

  app.get<{ Querystring: PageQuery }>(
    "/attach/v1/grants",
    {
      schema: {
        tags,
        operationId: "listGrants",
        summary: "What users have allowed agents: one's own, or all for admin",
        querystring: PageQuery,
        response: { 200: pageOf(GrantShape) },
      },
    },
    async (request) => {
      const question = pageQuestion(request.query, managerOf(request.principal));
      return showPage(await options.store.listGrants(question), showGrant);
    },
  );

  app.delete<{ Params: AgentParams }>(
    "/attach/v1/grants/:id",
    {
      schema: {
        tags,
        operationId: "revokeGrant",
        summary: "Take a grant back",
        params: AgentParams,
        response: { 204: NoBody },
      },
    },
    async (request, reply) => {
      await revokeGrant(request.params.id, managementOf(request), options);
      return reply.code(204).send();
    },
  );
};
