import type { FastifyPluginAsync } from "fastify";
import type { Clock } from "../core/clock.ts";
import type { Keyring } from "../core/keyring.ts";
import type { TaskStore } from "../core/ports/tasks.ts";
import { type AgentWorkerOptions, agentWorker } from "./agents/ask-agent.ts";
import { type EngineWorkerOptions, engineWorker } from "./ask-engine.ts";
import { type WorkflowWorkerOptions, workflowWorker } from "./follow-workflow.ts";
import { type TaskRouteOptions, taskRoutes } from "./routes.ts";
import { createRunner, type RunnerOptions } from "./runner.ts";
import { createSeal } from "./seal.ts";
import { createTaskService, type TaskService } from "./service.ts";
import { workerTokenRoutes } from "./worker-token.ts";

export interface TasksOptions
  extends EngineWorkerOptions,
    AgentWorkerOptions,
    WorkflowWorkerOptions,
    Pick<RunnerOptions, "node" | "isRevoked" | "log" | "atOnce"> {
  readonly store: TaskStore;
  readonly keyring: Pick<Keyring, "seal" | "open">;
  readonly clock: Clock;
  /** The registered agent that the workers of workflows are; without one, none gets a token. */
  readonly worker?: string;
}

/** The room's parts put together: one service of tasks, and who does them. */
export interface Tasks {
  readonly service: TaskService;
  readonly routes: FastifyPluginAsync<Omit<TaskRouteOptions, "tasks">>;
  /** Takes over what dead processes have left, now and from then on. */
  start(): Promise<void>;
  /** Lets what is at work end, for this long in milliseconds. */
  close(limitMs: number): Promise<void>;
}

export function createTasks(options: TasksOptions): Tasks {
  const { store, clock } = options;
  const seal = createSeal(options.keyring);
  const runner = createRunner({
    ...options,
    seal,
    workers: {
      engine: engineWorker(options),
      agent: agentWorker(options),
      workflow: workflowWorker(options),
    },
  });
  const service = createTaskService({ store, seal, runner, clock });
  return {
    service,
    routes: async (app, rest) => {
      const { worker } = options;
      await app.register(taskRoutes, { ...rest, tasks: service });
      if (worker !== undefined)
        await app.register(workerTokenRoutes, { ...options, ...rest, worker, tasks: service });
    },
    start: runner.start,
    close: runner.close,
  };
}
