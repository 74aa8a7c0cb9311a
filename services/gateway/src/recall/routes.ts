import { Readable } from "node:stream";
import type { FastifyPluginAsync } from "fastify";
import { GatewayError } from "../core/errors.ts";
import { protect } from "../http/authenticate.ts";
import { authorize } from "../http/authorize.ts";
import { decorateCall } from "../http/call-event.ts";
import { compatibilityRoutes } from "./compatibility.ts";
import { eraseAll, eraseOne } from "./erase.ts";
import { exportMemory, listMemory } from "./list.ts";
import type { RecallOptions } from "./options.ts";
import {
  Erased,
  EraseQuery,
  MemoryPage,
  MemoryParams,
  MemoryQuery,
  MemoryShape,
  MemoryWrite,
  MemoryWritten,
  NoBody,
} from "./schema.ts";
import { showMemory } from "./show.ts";
import { viewOf } from "./view.ts";
import { writeMemory } from "./write.ts";

const tags = ["memory"];

/** `/attach/v1/memory` (CONTRACT §3): always the caller's own. */
export const recallRoutes: FastifyPluginAsync<RecallOptions> = async (app, options) => {
  protect(app, options);
  decorateCall(app);
  app.addHook("onRequest", (_request, reply, done) => {
    reply.header("Cache-Control", "no-store");
    done();
  });
  const onRead = { onRequest: authorize(() => "memory:read", options) };
  const onWrite = { onRequest: authorize(() => "memory:write", options) };

  app.post<{ Body: MemoryWrite }>(
    "/attach/v1/memory",
    {
      ...onWrite,
      schema: {
        tags,
        operationId: "writeMemory",
        summary: "Write a note; readable at once",
        body: MemoryWrite,
        response: { 201: MemoryWritten },
      },
    },
    async (request, reply) => {
      const { id, created } = await writeMemory(request, options);
      reply.code(201);
      return { id, created: new Date(created).toISOString() };
    },
  );

  app.get<{ Querystring: MemoryQuery }>(
    "/attach/v1/memory",
    {
      ...onRead,
      schema: {
        tags,
        operationId: "listMemory",
        summary: "What is remembered: newest first, or by words",
        querystring: MemoryQuery,
        response: { 200: MemoryPage },
      },
    },
    ({ principal, query }) => listMemory(principal, query, options),
  );

  app.delete(
    "/attach/v1/memory",
    {
      ...onWrite,
      schema: {
        tags,
        operationId: "eraseMemory",
        summary: "Forget everything of one's own; recorded in the audit trail",
        querystring: EraseQuery,
        response: { 200: Erased },
      },
    },
    async (request) => ({ erased: await eraseAll(request, options) }),
  );

  app.get(
    "/attach/v1/memory/export",
    {
      ...onRead,
      schema: {
        tags,
        operationId: "exportMemory",
        summary: "Everything, a line of JSON each",
        response: { 200: { type: "string", description: "JSON lines (application/x-ndjson)." } },
      },
    },
    async ({ principal }, reply) => {
      const lines = await exportMemory(principal, options);
      reply.type("application/x-ndjson").header("Content-Disposition", 'attachment; filename="memory.jsonl"');
      return reply.send(Readable.from(lines));
    },
  );

  app.get<{ Params: MemoryParams }>(
    "/attach/v1/memory/:id",
    {
      ...onRead,
      schema: {
        tags,
        operationId: "getMemory",
        summary: "One event",
        params: MemoryParams,
        response: { 200: MemoryShape },
      },
    },
    async ({ principal, params }) => {
      const event = await options.memory.find(await viewOf(principal, options), params.id);
      if (event === undefined) throw new GatewayError("not_found", "there is no such event");
      return showMemory(event);
    },
  );

  app.delete<{ Params: MemoryParams }>(
    "/attach/v1/memory/:id",
    {
      ...onWrite,
      schema: {
        tags,
        operationId: "deleteMemory",
        summary: "Forget one event",
        params: MemoryParams,
        response: { 204: NoBody },
      },
    },
    async (request, reply) => {
      await eraseOne(request, request.params.id, options);
      return reply.code(204).send();
    },
  );

  compatibilityRoutes(app, options, { onRead, onWrite });
};
