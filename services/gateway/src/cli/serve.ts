import { loadConfig } from "../config/load.ts";
import { PolicyError } from "../policy/mistake.ts";
import { type Call, EXIT } from "./call.ts";
import type { Flags } from "./command-line.ts";
import { describeFailure } from "./failure.ts";
import { refuseConfig } from "./refuse-config.ts";
import { startGateway } from "./start-gateway.ts";
import { stay } from "./stay.ts";
import { awaitStop } from "./stop.ts";
import { VERSION } from "./version.ts";

/** The gateway in front of an engine, until it is asked to end. */
export async function serve(call: Call, flags: Flags): Promise<number> {
  const stop = awaitStop(call);
  const loaded = loadConfig({ flags, env: call.env, cwd: call.cwd, command: "serve" });
  if (!loaded.ok) return refuseConfig(call, loaded.reason);
  const config = loaded.value;
  if (config.server.workers > 1) {
    const { serveByWorkers } = await import("./workers/serve-by-workers.ts");
    return serveByWorkers(call, config, stop);
  }
  for (const warning of config.warnings) call.tell(`warning: ${warning}`);
  try {
    const { url, close } = await startGateway(config);
    const { publicUrl } = config.server;
    const reached = publicUrl === url ? "" : `, reached as ${publicUrl}`;
    call.tell(
      `Attach Gateway ${VERSION} listens on ${url}${reached}, in front of ${config.upstreams[0].url}`,
    );
    return await stay(call, { stop, drainTimeoutMs: config.server.drainTimeoutMs, close });
  } catch (error) {
    if (error instanceof PolicyError) return refuseConfig(call, error.mistakes);
    call.tell(await describeFailure(error, config));
    return EXIT.failure;
  }
}
