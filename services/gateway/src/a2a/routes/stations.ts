import type { FastifyRequest, onRequestAsyncHookHandler, preHandlerAsyncHookHandler } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import type { PolicyQuestion } from "../../core/ports/policy.ts";
import { insufficientScope } from "../../http/challenge.ts";
import { readRest, readRestRoute } from "../calls/read-rest.ts";
import { readRpc } from "../calls/read-rpc.ts";
import { checkVersion } from "../calls/version.ts";
import type { Directory } from "../directory.ts";
import { A2aError } from "../errors/a2a-error.ts";
import type { A2aOptions } from "../options.ts";
import { bodyOf, mediaType } from "./body.ts";
import { agentOf, contextOf, scopeOf } from "./call-context.ts";

type AgentParams = { readonly agent: string };

/** Which agent is called. Only for who has shown a token: nobody else learns which there are. */
export function findAgent(directory: Directory): onRequestAsyncHookHandler {
  return async (request) => {
    const agent = await directory.find((request.params as AgentParams).agent);
    if (agent === undefined) throw new GatewayError("not_found", "there is no such agent");
    contextOf(request).agent = agent;
  };
}

/** Before a body is taken: somebody without any of the scopes has nothing to say here. */
export function holdsSomeScope({
  enforce,
  publicUrl,
}: Pick<A2aOptions, "enforce" | "publicUrl">): onRequestAsyncHookHandler {
  return async ({ principal: { scopes, jkt } }) => {
    if (enforce === "report" || scopes.has("a2a:send") || scopes.has("a2a:read")) return;
    throw insufficientScope(publicUrl, "a2a:send", { scheme: jkt === null ? "Bearer" : "DPoP" });
  };
}

/** HTTP+JSON: what the path and the method are. */
export const readRoute: onRequestAsyncHookHandler = async (request) => {
  const [path = ""] = request.target.raw.split("?", 1);
  const rest = path.split("/").slice(5).join("/");
  contextOf(request).route = readRestRoute(request.method, rest);
};

/** The call, read whole and strictly. */
export const readRpcCall: preHandlerAsyncHookHandler = async (request) => {
  if (mediaType(request) !== "application/json")
    throw new A2aError("CONTENT_TYPE_NOT_SUPPORTED", "a JSON-RPC request is application/json");
  const context = contextOf(request);
  context.call = readRpc(bodyOf(request));
  checkVersion(context.call, versionOf(request));
};

export const readRestCall: preHandlerAsyncHookHandler = async (request) => {
  const body = bodyOf(request);
  if (body !== null && !/^application\/(a2a\+)?json$/.test(mediaType(request)))
    throw new A2aError("CONTENT_TYPE_NOT_SUPPORTED", "the body is application/json or application/a2a+json");
  const context = contextOf(request);
  if (context.route === null) throw new TypeError("the route is read before the body");
  context.call = readRest(context.route, request.method, request.target.query, body);
  checkVersion(context.call, versionOf(request));
};

/** A header, or a query parameter (A2A 1.0 §3.6.1). */
function versionOf(request: FastifyRequest): string | undefined {
  const header = request.headers["a2a-version"];
  if (typeof header === "string") return header;
  return new URLSearchParams(request.target.query).get("A2A-Version") ?? undefined;
}

/** What the policies are asked: an agent stands among the upstreams, by `agent:` and its id. */
export function questionOf(request: FastifyRequest): Extract<PolicyQuestion, { action: "call" }> {
  return {
    action: "call",
    principal: request.principal,
    upstream: `agent:${agentOf(request).id}`,
    method: request.method,
    path: request.target.path,
    scope: scopeOf(request),
    model: null,
  };
}
