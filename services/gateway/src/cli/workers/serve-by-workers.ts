import cluster from "node:cluster";
import type { Config } from "../../config/config.ts";
import { PolicyError } from "../../policy/mistake.ts";
import { type Call, EXIT, type StopSignal } from "../call.ts";
import { describeFailure } from "../failure.ts";
import { refuseConfig } from "../refuse-config.ts";
import { startGateway } from "../start-gateway.ts";
import { stay } from "../stay.ts";
import { workerSide } from "./worker.ts";

/** `serve` with `--workers`: the primary watches, the workers serve. The same program is both. */
export async function serveByWorkers(call: Call, config: Config, stop: Promise<StopSignal>): Promise<number> {
  return cluster.isPrimary ? bePrimary(call, config, stop) : beWorker(call, config, stop);
}

async function bePrimary(call: Call, config: Config, stop: Promise<StopSignal>): Promise<number> {
  for (const warning of config.warnings) call.tell(`warning: ${warning}`);
  try {
    // Loaded here alone: a worker has no use for it, and the primary none for what workers load.
    const { prepareStore } = await import("./prepare.ts");
    await prepareStore(config);
  } catch (error) {
    call.tell(await describeFailure(error, config));
    return EXIT.failure;
  }
  const { superviseWorkers } = await import("./primary.ts");
  return superviseWorkers(call, config, stop);
}

/** The primary tells of signals and of what all have in common; a worker, why it could not start. */
async function beWorker(call: Call, config: Config, stop: Promise<StopSignal>): Promise<number> {
  const side = workerSide();
  try {
    const { url, close } = await startGateway(config, side.siblings);
    side.ready(url);
    const { drainTimeoutMs } = config.server;
    const code = await stay({ ...call, tell: () => {} }, { stop, drainTimeoutMs, close });
    process.disconnect();
    return code;
  } catch (error) {
    const isPolicy = error instanceof PolicyError;
    if (isPolicy) refuseConfig(call, error.mistakes);
    else call.tell(await describeFailure(error, config));
    const code = isPolicy ? EXIT.configuration : EXIT.failure;
    side.failed(code);
    return code;
  }
}
