import type { onRequestHookHandler } from "fastify";

/** What a page may read of a response beyond the safelisted headers. */
const EXPOSED = "X-Attach-Session-Id, X-Request-Id, WWW-Authenticate, DPoP-Nonce, Retry-After";
const PREFLIGHT_MAX_AGE_SECONDS = "600";

/**
 * CORS for exact origins, never with credentials (S19). Set on the raw response, because the relay writes past Fastify's
 * reply; a preflight is answered here, before authentication, since browsers send none with it.
 */
export function cors(origins: readonly string[]): onRequestHookHandler {
  const allowed = new Set(origins);
  return (request, reply, done) => {
    const { origin, "access-control-request-method": wanted } = request.raw.headers;
    reply.raw.setHeader("Vary", "Origin");
    if (origin === undefined || !allowed.has(origin)) {
      done();
      return;
    }
    reply.raw.setHeader("Access-Control-Allow-Origin", origin);
    if (request.method !== "OPTIONS" || wanted === undefined) {
      reply.raw.setHeader("Access-Control-Expose-Headers", EXPOSED);
      done();
      return;
    }
    reply.hijack();
    reply.raw
      .setHeader("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
      .setHeader(
        "Access-Control-Allow-Headers",
        allowedHeaders(request.raw.headers["access-control-request-headers"]),
      )
      .setHeader("Access-Control-Max-Age", PREFLIGHT_MAX_AGE_SECONDS)
      .writeHead(204)
      .end();
  };
}

/** The names asked for, when they are header names; browsers' pages send tokens and JSON, so `*` would not do. */
function allowedHeaders(asked: string | undefined): string {
  return asked !== undefined && /^[A-Za-z0-9-]+(?:\s*,\s*[A-Za-z0-9-]+)*$/.test(asked)
    ? asked
    : "Authorization, Content-Type";
}
