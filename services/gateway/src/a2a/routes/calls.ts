import { RESPONSE_HEADERS } from "@attach-dev/protocol";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, preHandlerHookHandler } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import { protect } from "../../http/authenticate.ts";
import { authorize, consultPolicy } from "../../http/authorize.ts";
import { callAllowed, decorateCall } from "../../http/call-event.ts";
import type { Directory } from "../directory.ts";
import { A2A_ERRORS, A2aError } from "../errors/a2a-error.ts";
import { relay } from "../relay/relay.ts";
import type { RelayTools } from "../relay/tools.ts";
import { takeBodies } from "./body.ts";
import { agentOf, callOf, contextOf, decorateContext, scopeOf } from "./call-context.ts";
import { faultHandler } from "./fault.ts";
import { findAgent, holdsSomeScope, questionOf, readRestCall, readRoute, readRpcCall } from "./stations.ts";

export interface CallRoutesOptions {
  readonly tools: RelayTools;
  readonly directory: Directory;
}

const MiB = 1024 * 1024;
/** One message; files of size travel by address. */
const MAX_BODY = 8 * MiB;
const MAX_HELD = 256 * MiB;

/**
 * The two bindings of each agent. Stations: authenticate, which agent, some scope; the body; read, the operation's scope, the policies; then the
 * relay, and the record.
 */
export const callRoutes: FastifyPluginAsync<CallRoutesOptions> = async (app, { tools, directory }) => {
  const { log, enforce, publicUrl } = tools;
  app.setErrorHandler(faultHandler(log));
  protect(app, tools);
  decorateCall(app);
  decorateContext(app);
  takeBodies(app, MAX_HELD);
  app.addHook("onRequest", findAgent(directory));
  app.addHook("onRequest", holdsSomeScope({ enforce, publicUrl }));
  const bodyLimit = Math.min(MAX_BODY, tools.maxBodyBytes);
  const judge = [
    authorize(scopeOf, tools) as preHandlerHookHandler,
    consultPolicy(questionOf, tools) as preHandlerHookHandler,
  ];
  const handler = answer(tools);

  for (const url of ["/a2a/agents/:agent/rpc", "/a2a/agents/:agent/rpc/"])
    app.route({ method: "POST", url, bodyLimit, preHandler: [readRpcCall, ...judge], handler });
  app.route({
    method: ["GET", "POST", "DELETE"],
    url: "/a2a/agents/:agent/rest/*",
    exposeHeadRoute: false,
    bodyLimit,
    onRequest: readRoute,
    preHandler: [readRestCall, ...judge],
    handler,
  });
};

function answer(tools: RelayTools) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const session = tools.sessions(request.principal, request.headers["user-agent"] ?? "");
    reply.header(RESPONSE_HEADERS.sessionId, session);
    const call = callOf(request);
    const { note } = contextOf(request);
    let code: string | null = null;
    let status = 0;
    try {
      await relay(request, reply, { call, agent: agentOf(request), note, tools });
      status = reply.statusCode;
      return reply;
    } catch (error) {
      code =
        error instanceof A2aError
          ? error.reason
          : error instanceof GatewayError
            ? error.code
            : "internal_error";
      status =
        error instanceof A2aError
          ? A2A_ERRORS[error.reason].status
          : error instanceof GatewayError
            ? error.status
            : 500;
      if (reply.raw.headersSent) return reply;
      throw error;
    } finally {
      record(request, {
        session,
        status,
        code,
        tools,
        aborted: reply.raw.destroyed && !reply.raw.writableFinished,
      });
    }
  };
}

/** Who did what, on which task, and where that then stood; never what was said. */
function record(
  request: FastifyRequest,
  outcome: { session: string; status: number; code: string | null; aborted: boolean; tools: RelayTools },
): void {
  const { tools, session, status, code, aborted } = outcome;
  const { note } = contextOf(request);
  const scope = scopeOf(request);
  const event = callAllowed(request, { time: tools.clock.now(), session, scope, status, code, aborted });
  const told = [
    `op=${callOf(request).operation}`,
    ...(note.task === null ? [] : [`task=${note.task.slice(0, 128)}`]),
    ...(note.state === null ? [] : [`state=${note.state}`]),
  ];
  tools.calls?.record({ ...event, reason: `${event.reason} ${told.join(" ")}` });
}
