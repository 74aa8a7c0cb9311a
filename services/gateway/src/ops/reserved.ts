import type { FastifyInstance } from "fastify";
import { GatewayError } from "../core/errors.ts";
import { remember } from "../core/remember.ts";

/**
 * Paths that belong to the gateway (CONTRACT §3), whether or not this version serves them: a request for one must never
 * fall through to the engine, where the caller would meet an answer of somebody else's.
 */
const RESERVED = [
  "/attach",
  "/oauth",
  "/.well-known/oauth-authorization-server",
  "/.well-known/openid-configuration",
  "/.well-known/jwks.json",
  "/.well-known/oauth-protected-resource",
  "/.well-known/agent-card.json",
  "/.well-known/agent.json",
  "/a2a",
  "/tasks/send",
  "/tasks/status",
  "/mcp",
  "/mem",
  "/auth/config",
  "/healthz",
  "/readyz",
  "/metrics",
  "/v1/logs",
];

/** What the engine's room registers: everything that nobody has registered more exactly. */
const CATCH_ALL = "/*";

/**
 * Answers every reserved path that no room has registered for the method, before any station of the engine's: 405 with the methods
 * that there are (RFC 9110 §15.5.6), or 404. A hook, since a route for each of these paths and every method costs 8 MB and a tenth of
 * the start. Before anything is registered: it has to hear of every route.
 */
export function refuseReserved(app: FastifyInstance): void {
  const methods = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    if (url === CATCH_ALL) return;
    const known = methods.get(url) ?? new Set();
    methods.set(url, known);
    for (const one of [method].flat()) known.add(one.toUpperCase());
  });
  app.addHook("onRequest", (request, _reply, done) => {
    const { path } = request.target;
    const isNobodys = isReserved(path) && (request.routeOptions.url ?? CATCH_ALL) === CATCH_ALL;
    done(isNobodys ? refusalOf(path, methods) : undefined);
  });
}

function refusalOf(path: string, methods: ReadonlyMap<string, ReadonlySet<string>>): GatewayError {
  const others = [...methods].flatMap(([pattern, known]) => (fits(path, pattern) ? [...known] : []));
  if (others.length === 0) return new GatewayError("not_found", "there is nothing here");
  const allow = [...new Set(others)].sort().join(", ");
  return new GatewayError("method_not_allowed", `only ${allow} is answered here`, {
    headers: { Allow: allow },
  });
}

/** Is this path one of a route's (`/a/:id`; `*` is everything below)? */
function fits(path: string, pattern: string): boolean {
  const [steps, wanted] = [path.split("/"), pattern.toLowerCase().split("/")];
  const isOpen = wanted.at(-1) === "*";
  if (isOpen ? steps.length < wanted.length : steps.length !== wanted.length) return false;
  return wanted.every(
    (step, at) => step === "*" || step === steps[at] || (step.startsWith(":") && steps[at] !== ""),
  );
}

/** Of a path as it is matched: lower case, decoded. */
const isReserved = remember(
  (path: string) => RESERVED.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
  { entries: 1024, length: 128 },
);
