import type { FastifyInstance, onRequestHookHandler } from "fastify";
import Type from "typebox";
import type { JsonValue } from "../core/ports/memory.ts";
import { listMemory } from "./list.ts";
import type { RecallOptions } from "./options.ts";
import { EventsQuery, MemoryShape } from "./schema.ts";
import { writeLog } from "./write.ts";

const tags = ["compatibility"];

const LogLine = Type.Object({}, { additionalProperties: true, description: "Any JSON object." });
const Event = Type.Object({
  ...MemoryShape.properties,
  timestamp: Type.String({ format: "date-time" }),
  user: Type.String(),
});

type Station = { readonly onRequest: onRequestHookHandler };

/** The earlier gateway's routes on top of memory (CONTRACT §3): the user is the token's, whatever a line says. */
export function compatibilityRoutes(
  app: FastifyInstance,
  options: RecallOptions,
  { onRead, onWrite }: { readonly onRead: Station; readonly onWrite: Station },
): void {
  app.post<{ Body: Readonly<Record<string, JsonValue>> }>(
    "/v1/logs",
    {
      ...onWrite,
      schema: {
        tags,
        operationId: "writeLog",
        summary: "Keep a line of a log",
        body: LogLine,
        response: { 202: Type.Object({ id: Type.String() }) },
      },
    },
    async (request, reply) => {
      const { id } = await writeLog(request, options);
      reply.code(202);
      return { id };
    },
  );

  app.get<{ Querystring: EventsQuery }>(
    "/mem/events",
    {
      ...onRead,
      schema: {
        tags,
        operationId: "listEvents",
        summary: "What is remembered, newest first",
        querystring: EventsQuery,
        response: { 200: Type.Object({ data: Type.Array(Event) }) },
      },
    },
    async ({ principal, query }) => {
      const { items } = await listMemory(principal, query, options);
      const user = principal.owner.sub;
      return { data: items.map((item) => ({ ...item, timestamp: item.created, user })) };
    },
  );
}
