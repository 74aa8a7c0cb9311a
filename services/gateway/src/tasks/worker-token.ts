import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import Type, { type Static } from "typebox";
import type { Clock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import type { AgentRecord } from "../core/ports/agents.ts";
import type { CallRecorder } from "../core/ports/audit.ts";
import type { HandedToken, HandOff } from "../core/ports/hand-off.ts";
import type { Principal } from "../core/principal.ts";
import { type AuthenticateOptions, protect } from "../http/authenticate.ts";
import { callAllowed, callRefused, decorateCall } from "../http/call-event.ts";
import type { TaskOrder } from "./order.ts";
import type { TaskService } from "./service.ts";

export interface WorkerTokenOptions extends AuthenticateOptions {
  /** The registered agent that the workers are. */
  readonly worker: string;
  readonly tasks: Pick<TaskService, "orderOf">;
  readonly findAgent: (id: string) => Promise<AgentRecord | undefined>;
  readonly handOff: HandOff;
  readonly isRevoked: (principal: Principal) => boolean;
  readonly calls: CallRecorder | null;
  readonly clock: Clock;
}

const Id = Type.Object({ id: Type.String({ maxLength: 64 }) });
type Id = Static<typeof Id>;
const Issued = Type.Object({
  access_token: Type.String(),
  token_type: Type.Unsafe<string>({ type: "string", enum: ["Bearer"] }),
  expires_in: Type.Integer({ description: "Seconds" }),
});
/** No scope opens this: who asks is all that counts. */
const scope = "worker";

/**
 * What a workflow's worker acts with (A05): a token for whoever asked for the task, its chain grown by the worker, for the gateway. The worker
 * shows its own service token; a workflow's history holds none of either.
 */
export const workerTokenRoutes: FastifyPluginAsync<WorkerTokenOptions> = async (app, options) => {
  protect(app, options);
  decorateCall(app);
  const { calls, clock } = options;
  app.addHook("onResponse", (request, { statusCode: status }, done) => {
    const time = clock.now();
    const outcome = { time, session: null, scope, status, code: null, aborted: false };
    if (status < 400) calls?.record(callAllowed(request, outcome));
    else if (request.principal !== undefined)
      calls?.record(callRefused(request, { time, scope, code: "not_its_worker", status }));
    done();
  });
  app.post<{ Params: Id }>(
    "/a2a/tasks/:id/token",
    {
      schema: {
        tags: ["tasks"],
        operationId: "workerToken",
        summary: "A token for the activities of a workflow, for its worker alone",
        params: Id,
        response: { 200: Issued },
      },
    },
    async (request, reply) => {
      reply.header("Cache-Control", "no-store");
      const worker = await whoAsks(request, options);
      const order = await findOrder(request.params.id, options);
      const { token, expiresAt } = await mint(worker, { order, request }, options);
      const expires_in = Math.max(0, Math.floor((expiresAt - clock.now()) / 1000));
      return { access_token: token, token_type: "Bearer", expires_in };
    },
  );
};

/** The worker itself: neither a user who bears its name, nor somebody it acts for. @throws GatewayError `forbidden` */
async function whoAsks(
  { principal }: FastifyRequest,
  { worker, findAgent }: WorkerTokenOptions,
): Promise<AgentRecord> {
  const isWorker = principal.kind === "service" && principal.account?.client === worker;
  const record = isWorker ? await findAgent(worker) : undefined;
  if (record?.status !== "active")
    throw new GatewayError("forbidden", "only the worker that the configuration names gets tokens for tasks");
  return record;
}

/** @throws GatewayError `not_found` also for a task that is no workflow's */
async function findOrder(id: string, { tasks }: WorkerTokenOptions): Promise<TaskOrder> {
  const found = await tasks.orderOf(id);
  if (found?.target.kind !== "workflow")
    throw new GatewayError("not_found", "there is no such task of a workflow that has not ended");
  return found.order;
}

async function mint(
  worker: AgentRecord,
  { order, request }: { readonly order: TaskOrder; readonly request: FastifyRequest },
  { handOff, isRevoked }: WorkerTokenOptions,
): Promise<HandedToken> {
  const { principal: subject, userAgent } = order;
  if (isRevoked(subject)) throw ended();
  const question = { subject, target: worker, isPresent: true, userAgent, requestId: request.id };
  const handed = await handOff.tokenFor(question);
  if (handed.ok) return handed.value;
  // It is the token of whoever asked for the task that is dead, not the worker's own.
  throw handed.reason.status === 401 ? ended() : handed.reason;
}

const ended = () =>
  new GatewayError("forbidden", "the token that this task was asked with has ended, or was revoked");
