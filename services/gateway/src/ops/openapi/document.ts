import type { FastifySchema } from "fastify";
import type { OperationDocs } from "../../http/described-route.ts";

/** An operation object of OpenAPI 3.1, as far as we write one. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly [member: string]: unknown;
}

export interface DescribedRoute {
  readonly method: string;
  /** As Fastify has it, with `:name` for parameters. */
  readonly url: string;
  readonly schema: (FastifySchema & OperationDocs) | undefined;
}

export interface DocumentFacts {
  readonly publicUrl: string;
  readonly version: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** HEAD comes with every GET, and has nothing of its own to say. */
const VERBS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

/** The OpenAPI document: a route with a described schema by that schema, any other by what its room says of it. Pure. */
export function buildDocument(routes: readonly DescribedRoute[], facts: DocumentFacts) {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of [...routes].sort(byPath)) {
    const operation = operationOf(route, facts.operations);
    if (operation === undefined) continue;
    const path = route.url.replace(/:([A-Za-z]+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Attach Gateway",
      version: facts.version,
      description: "The gateway's own routes. Every other path is the engine's.",
    },
    servers: [{ url: facts.publicUrl }],
    security: [{ bearer: [] }],
    paths,
    components: COMPONENTS,
  };
}

function operationOf(
  { method, url, schema }: DescribedRoute,
  operations: DocumentFacts["operations"],
): object | undefined {
  if (!VERBS.has(method)) return undefined;
  if (schema?.operationId !== undefined) return describe(schema);
  const key = `${method} ${url}`;
  return Object.hasOwn(operations, key) ? operations[key] : undefined;
}

function describe({
  operationId,
  summary,
  description,
  tags,
  body,
  params,
  querystring,
  response,
}: FastifySchema) {
  const responses = Object.entries((response ?? {}) as Record<string, JsonSchema>);
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    tags,
    parameters: [...parameters("path", params), ...parameters("query", querystring)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body as JsonSchema) } }),
    responses: {
      ...Object.fromEntries(responses.map(([status, schema]) => [status, answer(schema)])),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function parameters(place: "path" | "query", schema: unknown) {
  const { properties = {}, required = [] } = (schema ?? {}) as JsonSchema;
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: shape,
  }));
}

function answer(schema: JsonSchema) {
  return schema.type === "null"
    ? { description: schema.description ?? "Done." }
    : { description: schema.description ?? "The answer.", content: json(schema) };
}

const json = (schema: JsonSchema) => ({ "application/json": { schema } });

function byPath(a: DescribedRoute, b: DescribedRoute): number {
  const [one, two] = [`${a.url} ${a.method}`, `${b.url} ${b.method}`];
  return one < two ? -1 : Number(one > two);
}

const COMPONENTS = {
  securitySchemes: {
    bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
    metrics: { type: "http", scheme: "bearer", description: "The token of METRICS_TOKEN." },
    client: {
      type: "http",
      scheme: "basic",
      description: "A registered client's id and secret (RFC 6749 §2.3.1).",
    },
  },
  responses: {
    Problem: {
      description: "What went wrong (RFC 9457), by a stable code.",
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
    OAuthError: {
      description: "What went wrong, by the names of RFC 6749.",
      content: { "application/json": { schema: { $ref: "#/components/schemas/OAuthError" } } },
    },
  },
  schemas: {
    Problem: {
      type: "object",
      required: ["type", "title", "status", "detail", "code", "requestId"],
      properties: {
        type: { type: "string" },
        title: { type: "string" },
        status: { type: "integer" },
        detail: { type: "string" },
        code: { type: "string" },
        requestId: { type: "string" },
      },
    },
    OAuthError: {
      type: "object",
      required: ["error"],
      properties: {
        error: { type: "string" },
        error_description: { type: "string" },
        error_uri: { type: "string" },
      },
    },
  },
};
