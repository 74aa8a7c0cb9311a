import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../core/errors.ts";
import { renderError } from "./errors/body.ts";

/** Where somebody may try out credentials, ids and tokens. */
const WATCHED = /^\/(?:oauth|attach\/v1)\//;
const FAILURES: ReadonlySet<number> = new Set([400, 401, 403, 404]);
const WINDOW_MS = 60_000;
const DEFAULT_MOST = 300;
/** Addresses that are remembered; the one that was quiet longest is forgotten first. */
const ADDRESSES = 10_000;
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/**
 * Counts what an address was refused at the authority and the management routes, and refuses everything from it once that is too much.
 * What succeeds is never counted: the limit is for who tries, not for who works. By default it is not for loopback, where a proxy
 * or a side-car stands for everybody.
 * @param perMinute `null`: the default
 * @param workers processes that share the port: each counts its part
 */
export async function limitFailures(
  app: FastifyInstance,
  perMinute: number | null,
  workers: number,
): Promise<void> {
  // Every setting that has a default is said here: the library replaces what it does not understand without a word (1000 a minute).
  await app.register(rateLimit, {
    global: false,
    max: Math.ceil((perMinute ?? DEFAULT_MOST) / workers),
    timeWindow: WINDOW_MS,
    cache: ADDRESSES,
    skipOnError: false,
    continueExceeding: false,
    exponentialBackoff: false,
    ban: -1,
    enableDraftSpec: false,
    // An IPv6 customer has a whole network, so addresses of one count together.
    ipv6Subnet: 64,
  });
  const count = app.createRateLimit();
  // As the router matches it: `/%6fauth/token` is the same door.
  const isWatched = ({ target, ip }: FastifyRequest): boolean =>
    target !== undefined && WATCHED.test(target.path) && (perMinute !== null || !LOOPBACK.test(ip));

  app.addHook("onRequest", async (request, reply) => {
    if (!isWatched(request)) return;
    const standing = await count(request, { increment: false });
    // Counted after the answer, so "reached" is where "exceeded" would be one too late.
    if (!standing.isAllowed && standing.remaining === 0) return refuse(request, reply, standing.ttlInSeconds);
    return undefined;
  });
  app.addHook("onResponse", async (request, reply) => {
    if (FAILURES.has(reply.statusCode) && isWatched(request)) await count(request);
  });
}

/** Written here: the authority's own error handler knows OAuth's errors, and OAuth has none for this. */
function refuse(request: FastifyRequest, reply: FastifyReply, seconds: number): FastifyReply {
  const error = new GatewayError("too_many_requests", "too many requests from this address were refused");
  const isOAuth = request.target.path.startsWith("/oauth/");
  const { contentType, body } = renderError(error, request.raw.url ?? "/", request.id);
  return reply
    .code(error.status)
    .header("Retry-After", String(Math.max(1, seconds)))
    .header("Cache-Control", "no-store")
    .type(isOAuth ? "application/json" : contentType)
    .send(
      isOAuth ? JSON.stringify({ error: "temporarily_unavailable", error_description: error.message }) : body,
    );
}
