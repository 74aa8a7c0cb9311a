/**
 * What the OpenAPI document says of a route beyond the shapes it is judged by. Routes whose body Fastify does not judge
 * (forms) describe it here as well.
 */
export interface OperationDocs {
  readonly tags?: readonly string[];
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
}

declare module "fastify" {
  interface FastifySchema extends OperationDocs {}
}
