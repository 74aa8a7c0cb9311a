import type { Worker } from "node:cluster";
import type { MetricSnapshot } from "../../observability/metrics/snapshot.ts";
import type { FromPrimary } from "./messages.ts";

/** How long the primary waits for the slowest worker, in milliseconds. */
const WAIT_MS = 1_000;

interface Round {
  readonly asker: Worker;
  readonly askerId: number;
  readonly expected: Set<number>;
  readonly all: (readonly MetricSnapshot[])[];
  readonly late: NodeJS.Timeout;
}

/** Gathers every worker's metrics for the one that is asked for them. */
export function createGathering(workers: () => readonly Worker[]) {
  const rounds = new Map<number, Round>();
  let lastId = 0;

  function finish(id: number): void {
    const round = rounds.get(id);
    if (round === undefined) return;
    rounds.delete(id);
    clearTimeout(round.late);
    const { asker, askerId, all } = round;
    if (asker.isConnected())
      asker.send({ kind: "gathered", id: askerId, all } satisfies FromPrimary, () => {});
  }

  return {
    begin(asker: Worker, askerId: number): void {
      const id = ++lastId;
      const asked = workers().filter((worker) => worker.isConnected());
      const late = setTimeout(() => finish(id), WAIT_MS);
      rounds.set(id, { asker, askerId, expected: new Set(asked.map((worker) => worker.id)), all: [], late });
      for (const worker of asked) worker.send({ kind: "snapshot?", id } satisfies FromPrimary, () => {});
    },
    take(worker: Worker, id: number, snapshot: readonly MetricSnapshot[]): void {
      const round = rounds.get(id);
      if (round?.expected.delete(worker.id) !== true) return;
      round.all.push(snapshot);
      if (round.expected.size === 0) finish(id);
    },
    /** A worker is gone: nobody waits for it. */
    forget(worker: Worker): void {
      for (const [id, { expected }] of rounds)
        if (expected.delete(worker.id) && expected.size === 0) finish(id);
    },
  };
}
