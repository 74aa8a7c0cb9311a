import type { FastifyInstance, FastifyPluginAsync, RouteOptions } from "fastify";
import { buildDocument, type DescribedRoute, type Operation } from "./document.ts";

export interface OpenApiOptions {
  readonly publicUrl: string;
  readonly version: string;
  readonly routes: RouteCollector;
  /** Operations of routes that no schema describes, by `METHOD /path`. */
  readonly operations: Readonly<Record<string, Operation>>;
}

export interface RouteCollector {
  all(): readonly DescribedRoute[];
}

/** Sees every route that is registered on this instance and below it from here on. */
export function collectRoutes(app: FastifyInstance): RouteCollector {
  const seen: DescribedRoute[] = [];
  app.addHook("onRoute", ({ method, url, schema }: RouteOptions) => {
    for (const one of [method].flat()) seen.push({ method: one, url, schema });
  });
  return { all: () => seen };
}

/** `GET /attach/v1/openapi.json`: everything of ours (OpenAPI 3.1), out of the shapes that requests are judged by. Public. */
export const openApiRoutes: FastifyPluginAsync<OpenApiOptions> = async (app, options) => {
  let document: string | undefined;
  app.get("/attach/v1/openapi.json", (_request, reply) => {
    // Not before: the last route is registered after this one.
    document ??= JSON.stringify(buildDocument(options.routes.all(), options));
    reply.header("Cache-Control", "public, max-age=300").type("application/json").send(document);
  });
};
