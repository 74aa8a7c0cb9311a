import type { MetricSnapshot } from "../../observability/metrics/snapshot.ts";
import type { Siblings } from "../../siblings.ts";
import { type FromPrimary, type FromWorker, isMessage } from "./messages.ts";

/** Longest that the primary is waited for where a call waits for it, in milliseconds. */
const ANSWER_MS = 1_000;
/** Longest that a gathering is waited for, in milliseconds; then what this process counts is all there is. */
const GATHER_MS = 2_000;

/** What a worker does through the primary. */
export interface WorkerSide {
  readonly siblings: Siblings;
  ready(url: string): void;
  failed(code: number): void;
}

export function workerSide(): WorkerSide {
  let snapshot: () => readonly MetricSnapshot[] = () => [];
  const revoked: (() => void)[] = [];
  const gathering = new Map<number, (all: readonly (readonly MetricSnapshot[])[]) => void>();
  const proving = new Map<number, (use: "first" | "repeated" | "full") => void>();
  let lastId = 0;
  // The primary may be gone: then this process ends by itself.
  const say = (message: FromWorker): void => void (process.connected && process.send?.(message));

  process.on("message", (message: unknown) => {
    if (!isMessage(message)) return;
    const told = message as FromPrimary;
    if (told.kind === "revoked") for (const listener of revoked) listener();
    else if (told.kind === "snapshot?") say({ kind: "snapshot", id: told.id, snapshot: snapshot() });
    else if (told.kind === "proof") {
      proving.get(told.id)?.(told.use);
      proving.delete(told.id);
    } else if (told.kind === "gathered") {
      gathering.get(told.id)?.(told.all);
      gathering.delete(told.id);
    }
  });

  return {
    ready: (url) => say({ kind: "ready", url }),
    failed: (code) => say({ kind: "failed", code }),
    siblings: {
      offer(given) {
        snapshot = given;
      },
      gather() {
        const id = ++lastId;
        return new Promise((resolve) => {
          const late = setTimeout(() => {
            gathering.delete(id);
            resolve([snapshot()]);
          }, GATHER_MS);
          gathering.set(id, (all) => {
            clearTimeout(late);
            resolve(all);
          });
          say({ kind: "gather", id });
        });
      },
      proofs: {
        use(proof) {
          const id = ++lastId;
          return new Promise((resolve, reject) => {
            const late = setTimeout(() => {
              proving.delete(id);
              reject(new Error("the primary did not answer"));
            }, ANSWER_MS);
            proving.set(id, (use) => {
              clearTimeout(late);
              resolve(use);
            });
            say({ kind: "proof", id, proof });
          });
        },
      },
      tellRevoked: () => say({ kind: "revoked" }),
      onRevoked: (listener) => void revoked.push(listener),
    },
  };
}
