import { actorChain } from "@attach-dev/protocol";
import type { WorkflowOrder, Workflows } from "../core/ports/workflows.ts";
import type { Principal } from "../core/principal.ts";
import { failed, type Outcome, type Work, type Worker } from "./worker.ts";

export interface WorkflowWorkerOptions {
  /** `null`: none are configured. */
  readonly workflows: Workflows | null;
  readonly sessions: (principal: Principal, userAgent: string) => string;
  readonly publicUrl: string;
}

/** Starts a workflow and follows it to its end. It goes on without us: whoever takes the task over follows it from where it is. */
export function workflowWorker({ workflows, sessions, publicUrl }: WorkflowWorkerOptions): Worker {
  return async (work) => {
    if (workflows === null) return failed("no_workflows", "no workflow server is configured (TEMPORAL_URL)");
    const { id, signal } = work;
    const stop = (): void => void workflows.cancel(id).catch(() => {});
    try {
      // Under the task's own id: started twice, it is the one.
      await workflows.start(orderOf(work));
      await work.name(id);
      return shown(await workflows.end(id, signal));
    } catch (error) {
      // A process that ends leaves the workflow alone; only an owner's word stops it.
      if (signal.reason === "canceled") stop();
      throw error;
    }
  };

  function orderOf({ id, target, order }: Work): WorkflowOrder {
    if (target.kind !== "workflow") throw new Error("not a workflow");
    const { principal, userAgent, input, traceparent } = order;
    const { iss, sub } = principal.owner;
    const identity = {
      user: { iss, sub },
      session: sessions(principal, userAgent),
      chain: principal.kind === "agent" ? actorChain(principal.act) : [],
      gateway: publicUrl,
    };
    return { id, name: target.name, queue: target.queue, input, identity, traceparent };
  }
}

function shown(end: Awaited<ReturnType<Workflows["end"]>>): Outcome {
  return end.kind === "completed"
    ? { state: "done", result: end.result ?? null }
    : failed(end.kind, end.message);
}
