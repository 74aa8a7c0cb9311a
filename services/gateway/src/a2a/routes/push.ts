import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import { type Receiving, receiveNotice } from "../push/receive.ts";
import { bodyOf, takeBodies } from "./body.ts";

const MAX_NOTICE = 1024 * 1024;
const MAX_HELD = 32 * 1024 * 1024;

/** `POST /a2a/push/:id`: notices of agents. Whoever has the secret of the push may send them, and nobody else learns whether there is one. */
export const pushRoutes: FastifyPluginAsync<Receiving> = async (app, receiving) => {
  takeBodies(app, MAX_HELD);
  app.post("/a2a/push/:id", { bodyLimit: MAX_NOTICE }, async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    await receiveNotice(
      { id, secret: secretOf(request), body: bodyOf(request) ?? Buffer.alloc(0) },
      receiving,
    );
    return reply.code(202).send();
  });
};

/** As the configuration asked for, or as common senders do it. */
function secretOf({ headers }: FastifyRequest): string {
  const { authorization } = headers;
  if (authorization !== undefined && /^bearer /i.test(authorization)) return authorization.slice(7).trim();
  const token = headers["x-a2a-notification-token"];
  return typeof token === "string" ? token : "";
}
