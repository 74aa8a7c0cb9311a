import type { FastifyInstance, FastifyRequest } from "fastify";
import { GatewayError } from "../../core/errors.ts";

/**
 * Takes bodies as they are, whatever they say they are: what they must be is judged by binding, and in its words. Gathered whole, since a call is
 * judged before anything of it goes on; bounded by `bodyLimit` each, and all together by `maxHeld`.
 */
export function takeBodies(app: FastifyInstance, maxHeld: number): void {
  let held = 0;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("preParsing", (request, reply, payload, done) => {
    const length = Number(request.raw.headers["content-length"] ?? app.initialConfig.bodyLimit ?? 0);
    if (held + length > maxHeld) {
      done(
        new GatewayError("overloaded", "too many requests are being read", {
          headers: { "Retry-After": "1" },
        }),
        payload,
      );
      return;
    }
    held += length;
    reply.raw.once("close", () => {
      held -= length;
    });
    done(null, payload);
  });
}

export function bodyOf({ body }: FastifyRequest): Buffer | null {
  return Buffer.isBuffer(body) && body.length > 0 ? body : null;
}

/** `application/json` of a content type. */
export function mediaType({ headers }: FastifyRequest): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
