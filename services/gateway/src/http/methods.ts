import { METHODS } from "node:http";
import type { FastifyInstance } from "fastify";

/**
 * Teaches the framework every method that Node's parser lets in: what a route says of all methods must hold for the odd ones
 * too. `CONNECT` never becomes a request.
 */
export function acceptEveryMethod(app: FastifyInstance): void {
  for (const method of METHODS) {
    if (method !== "CONNECT" && !app.supportedMethods.includes(method)) app.addHttpMethod(method);
  }
}
