import cluster, { type Worker } from "node:cluster";
import { constants } from "node:os";
import type { Config } from "../../config/config.ts";
import { systemClock } from "../../core/clock.ts";
import { createReplayCache } from "../../identity/dpop/replay.ts";
import { type Call, EXIT, type StopSignal } from "../call.ts";
import { VERSION } from "../version.ts";
import { createGathering } from "./gathering.ts";
import { type FromPrimary, type FromWorker, isMessage } from "./messages.ts";

/** More than any worker should take beyond the drain, in milliseconds; then it is ended. */
const MARGIN_MS = 6_000;
/** A worker that ends sooner than this after its start has not served, in milliseconds: the next one waits. */
const SETTLED_MS = 5_000;
const MOST_WAIT_MS = 10_000;

/**
 * Starts the workers and stands by: one that ends is replaced, a signal ends all. The first must be ready before there is a
 * second, so that a mistake is told once.
 */
export async function superviseWorkers(
  call: Call,
  config: Config,
  stop: Promise<StopSignal>,
): Promise<number> {
  const { workers: count, drainTimeoutMs, publicUrl } = config.server;
  const workers = new Set<Worker>();
  const proofs = createReplayCache();
  const gathering = createGathering(() => [...workers]);
  let stopping = false;
  let haste = 0;
  let killed = false;
  let allGone: (() => void) | undefined;

  function start(): { readonly worker: Worker; readonly ready: Promise<FromWorker | number> } {
    const worker = cluster.fork();
    const startedAt = performance.now();
    workers.add(worker);
    const ready = new Promise<FromWorker | number>((resolve) => {
      worker.on("message", (message: unknown) => {
        if (!isMessage(message)) return;
        const told = message as FromWorker;
        if (told.kind === "ready" || told.kind === "failed") resolve(told);
        hear(worker, told);
      });
      worker.on("exit", (code, signal) => {
        workers.delete(worker);
        gathering.forget(worker);
        const status = signal ? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0) : code;
        resolve(status);
        if (stopping) {
          if (workers.size === 0) allGone?.();
        } else if (serving) replace(worker, status, performance.now() - startedAt);
      });
    });
    worker.on("error", () => {});
    return { worker, ready };
  }

  function hear(from: Worker, told: FromWorker): void {
    if (told.kind === "gather") gathering.begin(from, told.id);
    else if (told.kind === "snapshot") gathering.take(from, told.id, told.snapshot);
    else if (told.kind === "proof") {
      const use = proofs.use(told.proof, systemClock.now());
      from.send({ kind: "proof", id: told.id, use } satisfies FromPrimary, () => {});
    } else if (told.kind === "revoked")
      for (const worker of workers)
        if (worker !== from && worker.isConnected())
          worker.send({ kind: "revoked" } satisfies FromPrimary, () => {});
  }

  function replace(worker: Worker, status: number, lived: number): void {
    haste = lived > SETTLED_MS ? 0 : haste + 1;
    const wait = haste === 0 ? 0 : Math.min(100 * 2 ** haste, MOST_WAIT_MS);
    call.tell(`A worker ended (process ${worker.process.pid}, ${status}): another takes its place.`);
    setTimeout(() => {
      if (!stopping) start();
    }, wait);
  }

  let serving = false;
  const first = await start().ready;
  if (typeof first === "number") return first === 0 ? EXIT.failure : first;
  if (first.kind !== "ready") return first.kind === "failed" ? first.code : EXIT.failure;
  serving = true;
  const others = Array.from({ length: count - 1 }, () => start().ready);
  await Promise.race([Promise.all(others), stop]);
  const reached = publicUrl === first.url ? "" : `, reached as ${publicUrl}`;
  call.tell(
    `Attach Gateway ${VERSION} listens on ${first.url}${reached}, in front of ${config.upstreams[0].url}, with ${count} workers`,
  );

  const signal = await stop;
  stopping = true;
  call.tell(`${signal}: finishing what is running (again to end at once)`);
  const gone = new Promise<void>((resolve) => {
    allGone = resolve;
    if (workers.size === 0) resolve();
  });
  for (const worker of workers) worker.process.kill(signal);
  const late = setTimeout(() => {
    killed = true;
    for (const worker of workers) worker.process.kill("SIGKILL");
  }, drainTimeoutMs + MARGIN_MS);
  await gone;
  clearTimeout(late);
  if (killed) call.tell("It did not end in time.");
  return killed ? EXIT.failure : EXIT.ok;
}
