import type { FastifyInstance } from "fastify";
import type { Config } from "./config/config.ts";
import type { Clock } from "./core/clock.ts";
import { uuidv7 } from "./core/ids.ts";
import type { Keyring } from "./core/keyring.ts";
import { createPasses } from "./core/passes.ts";
import type { IdentityVerifier } from "./core/ports/identity.ts";
import type { Store } from "./core/ports/store.ts";
import type { Principal } from "./core/principal.ts";
import { admitPasses, createLocalCalls } from "./local-calls.ts";
import { createTasks, type Tasks, type TasksOptions } from "./tasks/tasks.ts";
import { connectTemporal } from "./temporal/connect.ts";

export interface TaskingOptions {
  readonly app: FastifyInstance;
  readonly config: Config;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly identity: IdentityVerifier;
  readonly isRevoked: (principal: Principal) => boolean;
  readonly sessions: TasksOptions["sessions"];
  readonly policy: TasksOptions["policy"];
  readonly handOff: TasksOptions["handOff"];
  readonly peersFor: TasksOptions["peersFor"];
  readonly live: TasksOptions["live"];
  readonly calls: TasksOptions["calls"];
  readonly clock: Clock;
  readonly log: TasksOptions["log"];
}

/** Tasks, and what they need of the gateway itself. */
export interface Tasking extends Tasks {
  /** Lets in, beside all others, what tasks ask of the gateway's own routes. */
  readonly identity: IdentityVerifier;
}

export function createTasking(options: TaskingOptions): Tasking {
  const { app, config, store, clock, identity, isRevoked } = options;
  const passes = createPasses({ clock, isRevoked });
  const workflows = config.temporal === null ? null : connectTemporal(config.temporal);
  const tasks = createTasks({
    ...options,
    store: store.tasks,
    findAgent: store.findAgent,
    enforce: config.enforce,
    node: uuidv7(clock.now()),
    call: createLocalCalls(app, passes),
    dialect: config.upstreams[0].kind === "openai" ? "openai" : "ollama",
    workflows,
    publicUrl: config.server.publicUrl,
    ...(config.temporal?.worker === undefined ? {} : { worker: config.temporal.worker }),
  });
  return {
    ...tasks,
    identity: admitPasses(identity, passes),
    async close(limitMs) {
      await tasks.close(limitMs);
      await workflows?.close();
    },
  };
}
