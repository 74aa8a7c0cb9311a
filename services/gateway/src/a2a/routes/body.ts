import type { FastifyInstance, FastifyRequest } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import { ownerKey } from "../../core/owner.ts";

export interface BodyLimits {
  /** Bytes held for all calls at once, and for those of one user. */
  readonly maxHeld: number;
  readonly maxHeldByOwner: number;
}

/**
 * Takes bodies as they are, whatever they say they are: what they must be is judged by binding, and in its words. Gathered whole, since a call is
 * judged before anything of it goes on, and held until it is over; bounded by `bodyLimit` each, all together, and by user.
 */
export function takeBodies(app: FastifyInstance, { maxHeld, maxHeldByOwner }: BodyLimits): void {
  const held = new Map<string, number>();
  const add = (owner: string, bytes: number): void => {
    for (const key of [ALL, owner]) {
      const sum = (held.get(key) ?? 0) + bytes;
      if (sum === 0) held.delete(key);
      else held.set(key, sum);
    }
  };
  const hasRoom = (owner: string, bytes: number) =>
    (held.get(ALL) ?? 0) + bytes <= maxHeld && (held.get(owner) ?? 0) + bytes <= maxHeldByOwner;

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.decorateRequest("heldBytes", 0);
  app.addHook("preParsing", (request, reply, payload, done) => {
    const owner = ownerOf(request);
    const { headers } = request.raw;
    const isChunked = headers["transfer-encoding"] !== undefined;
    // What does not say its length may be as long as one may be.
    const bytes = isChunked ? (request.routeOptions.bodyLimit ?? 0) : Number(headers["content-length"] ?? 0);
    if (!hasRoom(owner, bytes)) {
      done(new GatewayError("overloaded", "too many requests are being read", RETRY), payload);
      return;
    }
    add(owner, bytes);
    request.heldBytes = bytes;
    reply.raw.once("close", () => add(owner, -request.heldBytes));
    done(null, payload);
  });
  app.addHook("preValidation", (request, _reply, done) => {
    const bytes = bodyOf(request)?.length ?? 0;
    add(ownerOf(request), bytes - request.heldBytes);
    request.heldBytes = bytes;
    done();
  });
}

const ALL = "";
const RETRY = { headers: { "Retry-After": "1" } };

/** Whose body it is; an agent's notice is nobody's. */
function ownerOf({ principal }: FastifyRequest): string {
  return principal === undefined ? "nobody" : ownerKey(principal.owner);
}

declare module "fastify" {
  interface FastifyRequest {
    /** Of its body, as they are counted. */
    heldBytes: number;
  }
}

export function bodyOf({ body }: FastifyRequest): Buffer | null {
  return Buffer.isBuffer(body) && body.length > 0 ? body : null;
}

/** `application/json` of a content type. */
export function mediaType({ headers }: FastifyRequest): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
