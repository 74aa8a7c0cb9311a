import type { WorkflowEnd, Workflows } from "../core/ports/workflows.ts";

export interface TemporalOptions {
  /** `host:port` of the server. */
  readonly address: string;
  /** Task queue of workflows that name none. */
  readonly queue: string;
  readonly namespace?: string;
}

/** Longest that one call to the server may take, in milliseconds; waiting for a workflow's end is many of them. */
const CALL_MS = 10_000;
const PING_MS = 1_000;

/**
 * Temporal, by its official client. Nothing is loaded or dialled before the first workflow: the client takes more memory than all the
 * rest of the gateway.
 */
export function connectTemporal({ address, queue, namespace = "default" }: TemporalOptions): Workflows {
  let opened: Promise<Opened> | undefined;
  const open = (): Promise<Opened> => {
    opened ??= dial({ address, namespace }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };

  return {
    async start(order) {
      const { client, library, traces } = await open();
      traces.set(order.id, order.traceparent);
      try {
        await client.workflow.start(order.name, {
          workflowId: order.id,
          taskQueue: order.queue ?? queue,
          args: [order.input, { task: order.id, ...order.identity }],
          memo: { ...order.identity },
          // Under its id there is one run, for ever: a second start must find the first, also when that has ended.
          workflowIdReusePolicy: "REJECT_DUPLICATE",
          workflowIdConflictPolicy: "FAIL",
        });
      } catch (error) {
        if (!(error instanceof library.WorkflowExecutionAlreadyStartedError)) throw error;
      } finally {
        traces.delete(order.id);
      }
    },
    async end(id, signal) {
      const { client, library, connection } = await open();
      const handle = client.workflow.getHandle(id);
      try {
        return {
          kind: "completed",
          result: await connection.withAbortSignal(signal, () => handle.result()),
        };
      } catch (error) {
        if (error instanceof library.WorkflowFailedError) return endOf(error.cause);
        throw error;
      }
    },
    async cancel(id) {
      const { client } = await open();
      await client.workflow.getHandle(id).cancel();
    },
    async ping() {
      const { connection } = await open();
      await connection.withAbortSignal(AbortSignal.timeout(PING_MS), () =>
        connection.workflowService.getSystemInfo({}),
      );
    },
    async close() {
      await opened?.then(({ connection }) => connection.close()).catch(() => {});
    },
  };

  type Opened = Awaited<ReturnType<typeof dial>>;
}

async function dial({ address, namespace }: { readonly address: string; readonly namespace: string }) {
  const library = await import("@temporalio/client");
  const connection = await library.Connection.connect({ address, connectTimeout: CALL_MS });
  /** By workflow, for as long as it is being started. */
  const traces = new Map<string, string | null>();
  const client = new library.Client({
    connection,
    namespace,
    interceptors: {
      workflow: [
        {
          start(input, next) {
            const traceparent = traces.get(input.options.workflowId);
            if (traceparent == null) return next(input);
            // Where the workers' OpenTelemetry interceptors look for it.
            const carrier = library.defaultPayloadConverter.toPayload({ traceparent });
            return next({ ...input, headers: { ...input.headers, "_tracer-data": carrier } });
          },
        },
      ],
    },
  });
  return { library, connection, client, traces };
}

/** Why a workflow did not complete; what it said goes to its owner. */
function endOf(cause: Error | undefined): WorkflowEnd {
  const kinds = {
    CancelledFailure: "canceled",
    TerminatedFailure: "terminated",
    TimeoutFailure: "timed_out",
  } as const;
  const kind = kinds[cause?.name as keyof typeof kinds] ?? "failed";
  return { kind, message: cause?.message ?? "the workflow failed" };
}
