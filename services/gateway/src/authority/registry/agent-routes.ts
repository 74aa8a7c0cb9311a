import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import { createAgent } from "./create-agent.ts";
import type { Management } from "./events.ts";
import { managerOf } from "./manager.ts";
import type { RegistryOptions } from "./options.ts";
import { pageQuestion, showPage } from "./page.ts";
import {
  AgentCreate,
  AgentParams,
  AgentPatch,
  AgentShape,
  AgentWithSecret,
  NoBody,
  PageQuery,
  pageOf,
} from "./schema.ts";
import { showAgent } from "./shape-agent.ts";
import { findManaged, removeAgent, updateAgent } from "./update-agent.ts";

const tags = ["agents"];

/** `/attach/v1/agents` (CONTRACT §3): users manage their own, `admin` all. */
export const agentRoutes: FastifyPluginAsync<RegistryOptions> = async (app, options) => {
  app.post<{ Body: AgentCreate }>(
    "/attach/v1/agents",
    {
      schema: {
        tags,
        operationId: "createAgent",
        summary: "Register an agent",
        body: AgentCreate,
        response: { 201: AgentWithSecret },
      },
    },
    async (request, reply) => {
      reply.code(201);
      return createAgent(request.body, managementOf(request), options);
    },
  );

  app.get<{ Querystring: PageQuery }>(
    "/attach/v1/agents",
    {
      schema: {
        tags,
        operationId: "listAgents",
        summary: "Registered agents: one's own, or all for admin",
        querystring: PageQuery,
        response: { 200: pageOf(AgentShape) },
      },
    },
    async (request) => {
      const question = pageQuestion(request.query, managerOf(request.principal));
      return showPage(await options.store.listAgents(question), showAgent);
    },
  );

  app.get<{ Params: AgentParams }>(
    "/attach/v1/agents/:id",
    {
      schema: {
        tags,
        operationId: "getAgent",
        summary: "One agent",
        params: AgentParams,
        response: { 200: AgentShape },
      },
    },
    async (request) => showAgent(await findManaged(request.params.id, managementOf(request), options)),
  );

  app.patch<{ Params: AgentParams; Body: AgentPatch }>(
    "/attach/v1/agents/:id",
    {
      schema: {
        tags,
        operationId: "updateAgent",
        summary: "Change an agent; suspending it kills its live tokens",
        params: AgentParams,
        body: AgentPatch,
        response: { 200: AgentWithSecret },
      },
    },
    async (request) =>
      updateAgent({ id: request.params.id, patch: request.body }, managementOf(request), options),
  );

  app.delete<{ Params: AgentParams }>(
    "/attach/v1/agents/:id",
    {
      schema: {
        tags,
        operationId: "removeAgent",
        summary: "Remove an agent and kill its live tokens",
        params: AgentParams,
        response: { 204: NoBody },
      },
    },
    async (request, reply) => {
      await removeAgent(request.params.id, managementOf(request), options);
      return reply.code(204).send();
    },
  );
};

export function managementOf(request: FastifyRequest): Management {
  return { manager: managerOf(request.principal), requestId: request.id };
}
