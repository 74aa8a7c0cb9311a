import type { FastifyPluginAsync, FastifyRequest, RouteShorthandOptions } from "fastify";
import Type, { type Static } from "typebox";
import { type Clock, systemClock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import type { Policy } from "../core/ports/policy.ts";
import { type AuthenticateOptions, protect } from "../http/authenticate.ts";
import { type AuthorizeOptions, authorize, consultPolicy } from "../http/authorize.ts";
import { callAllowed, decorateCall } from "../http/call-event.ts";
import { insufficientScope } from "../http/challenge.ts";
import { streamStates } from "./event-stream.ts";
import type { TaskService } from "./service.ts";
import { readSubmission } from "./submission.ts";
import { type AgentDirectory, resolveTarget } from "./target.ts";

export interface TaskRouteOptions extends AuthenticateOptions, AuthorizeOptions {
  readonly policy: Policy;
  readonly tasks: TaskService;
  readonly agents: AgentDirectory;
  readonly clock?: Clock;
}

const tags = ["tasks"];
const MAX_BODY_BYTES = 1024 * 1024;

const State = Type.Unsafe<string>({ type: "string", enum: ["queued", "in_progress", "done", "error"] });
const Accepted = Type.Object({ task_id: Type.String(), state: State });
const Shown = Type.Object({
  state: State,
  result: Type.Any({ description: "What came of it; null until it has ended." }),
  created: Type.String({ format: "date-time" }),
});
const Id = Type.Object({ id: Type.String({ maxLength: 64 }) });
type Id = Static<typeof Id>;

const scopeOf = ({ method, routeOptions: { url = "" } }: FastifyRequest): string =>
  method === "POST" || url.endsWith("/cancel") ? "a2a:send" : "a2a:read";

/** The simple façade (CONTRACT §3, A01): hand a task over, ask how it is. The names are those of the earlier gateway's clients. */
export const taskRoutes: FastifyPluginAsync<TaskRouteOptions> = async (app, options) => {
  protect(app, options);
  decorateCall(app);
  const { tasks, policy, calls, clock = systemClock } = options;
  app.addHook("onRequest", authorize(scopeOf, options));
  app.addHook("onRequest", consultPolicy(questionOf, { ...options, policy }));
  app.addHook("onRequest", (_request, reply, done) => {
    reply.header("Cache-Control", "no-store");
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const outcome = { time: clock.now(), session: null, scope: scopeOf(request), status: reply.statusCode };
    if (reply.statusCode < 400)
      calls?.record(callAllowed(request, { ...outcome, code: null, aborted: false }));
    done();
  });
  app.addHook("onRoute", (route) => {
    route.bodyLimit = MAX_BODY_BYTES;
  });
  app.setSerializerCompiler(() => JSON.stringify);

  const send = async (request: FastifyRequest) => {
    const { principal, headers, body } = request;
    const { input, targetUrl } = readSubmission(body);
    const target = await resolveTarget(targetUrl, options.agents);
    // What is asked of the engine needs what asking it directly needs: else a task would be the way around the scope.
    if (target.kind === "engine" && !principal.scopes.has("llm:read") && options.enforce === "on")
      throw insufficientScope(options.publicUrl, "llm:read");
    const order = {
      principal,
      userAgent: headers["user-agent"] ?? "",
      traceparent: readTraceparent(headers["traceparent"]),
      input,
    };
    return { task_id: await tasks.send(order, target), state: "queued" };
  };
  for (const url of ["/a2a/tasks/send", "/tasks/send", "/a2a/tasks/create"])
    app.post(url, { schema: sendSchema(url) }, async (request, reply) => {
      reply.code(202);
      return send(request);
    });

  const status = async ({ params, principal }: FastifyRequest) =>
    (await tasks.find((params as Id).id, principal.owner)) ?? notFound();
  for (const url of ["/a2a/tasks/status/:id", "/tasks/status/:id"])
    app.get(url, { schema: statusSchema(url) }, status);

  app.post<{ Params: Id }>(
    "/a2a/tasks/:id/cancel",
    {
      schema: {
        tags,
        operationId: "cancelTask",
        summary: "End a task",
        params: Id,
        response: { 200: Shown },
      },
    },
    async ({ params, principal }) => (await tasks.cancel(params.id, principal.owner)) ?? notFound(),
  );

  app.get<{ Params: Id }>(
    "/a2a/tasks/:id/events",
    {
      schema: {
        tags,
        operationId: "followTask",
        summary: "Each state of a task as it comes (SSE)",
        params: Id,
      },
    },
    async (request, reply) => {
      const { params, principal } = request;
      if ((await tasks.find(params.id, principal.owner)) === undefined) notFound();
      return streamStates(reply, (signal) => tasks.follow(params.id, principal.owner, signal));
    },
  );
};

const questionOf = (request: FastifyRequest) =>
  ({
    action: "call",
    principal: request.principal,
    upstream: "attach",
    method: request.method,
    path: request.target.path,
    scope: scopeOf(request),
    model: null,
  }) as const;

/** The first of several paths is the one that is documented. */
function sendSchema(url: string): RouteShorthandOptions["schema"] & object {
  const isFirst = url === "/a2a/tasks/send";
  return {
    tags,
    ...(isFirst ? { operationId: "sendTask" } : {}),
    summary: isFirst
      ? "Hand a task over: to the engine, a registered agent or a workflow"
      : "As /a2a/tasks/send",
    response: { 202: Accepted },
  };
}

function statusSchema(url: string): RouteShorthandOptions["schema"] & object {
  const isFirst = url === "/a2a/tasks/status/:id";
  return {
    tags,
    ...(isFirst ? { operationId: "taskStatus" } : {}),
    summary: isFirst ? "How a task is" : "As /a2a/tasks/status/:id",
    params: Id,
    response: { 200: Shown },
  };
}

/** W3C Trace Context §3.2: anything else is not passed on. */
function readTraceparent(value: unknown): string | null {
  return typeof value === "string" &&
    /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(value)
    ? value
    : null;
}

/** Somebody else's is no other thing than one that there is not (A03). */
function notFound(): never {
  throw new GatewayError("not_found", "you have no such task");
}
