import type { Config } from "../config/config.ts";
import { PolicyError } from "../policy/mistake.ts";
import { type Call, EXIT } from "./call.ts";
import { CliError } from "./cli-error.ts";
import type { Flags } from "./command-line.ts";
import { type DevSettings, devUrl, readDevSettings } from "./dev-config.ts";
import { loadDemoEngine, loadDevIssuer } from "./dev-parts.ts";
import { describeFailure } from "./failure.ts";
import { nextFreePort } from "./free-port.ts";
import { pasteLines } from "./paste.ts";
import { refuseConfig } from "./refuse-config.ts";
import { startGateway } from "./start-gateway.ts";
import { stay } from "./stay.ts";
import { awaitStop } from "./stop.ts";

/** Gateway, OpenID provider and engine on this machine, until it is asked to end. */
export async function dev(call: Call, flags: Flags): Promise<number> {
  const stop = awaitStop(call);
  const settings = readDevSettings(call, flags);
  const draft = settings.draft();
  if (!draft.ok) return refuseConfig(call, draft.reason);
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    const config = await start({ call, settings, draft: draft.value, closers });
    return await stay(call, { stop, drainTimeoutMs: config.server.drainTimeoutMs, close });
  } catch (error) {
    if (error instanceof PolicyError) {
      await close();
      return refuseConfig(call, error.mistakes);
    }
    call.tell(error instanceof CliError ? error.message : await describeFailure(error, draft.value));
    await close();
    return EXIT.failure;
  }
}

interface Start {
  readonly call: Call;
  readonly settings: DevSettings;
  readonly draft: Config;
  /** How to end what was started, to be called backwards. */
  readonly closers: (() => Promise<void>)[];
}

async function start({ call, settings, draft, closers }: Start): Promise<Config> {
  const { startDevIssuer, logIn } = await loadDevIssuer();
  const { host } = draft.server;
  const port = await nextFreePort(host, draft.server.port);
  if (port !== draft.server.port && draft.server.port !== 0)
    call.tell(`Port ${draft.server.port} is taken: the gateway listens on ${port}.`);
  const publicUrl = devUrl(host, port);

  const issuer = await startDevIssuer({
    // Beside the gateway's, so that the issuer has the same name at the next start and Alice stays Alice.
    port: await nextFreePort("127.0.0.1", port === 65_535 ? 0 : port + 1),
    audience: publicUrl,
    log: (line) => call.tell(line),
  });
  closers.push(() => issuer.close());
  const engine = settings.hasEngine ? undefined : await startEngine(call);
  if (engine !== undefined) closers.push(() => engine.close());

  const config = settings.complete({ port, publicUrl, issuer: issuer.issuer, engine: engine?.url });
  if (!config.ok) throw new CliError(config.reason.map(({ key, problem }) => `${key} ${problem}`).join("\n"));
  for (const warning of config.value.warnings) call.tell(`warning: ${warning}`);
  if (settings.unused.length > 0)
    call.tell(`warning: dev does not use what is set for ${settings.unused.join(", ")}`);

  const gateway = await startGateway(config.value);
  closers.push(() => gateway.close());
  const { accessToken } = await logIn({ issuer: issuer.issuer, user: "alice", audience: publicUrl });
  const places = {
    publicUrl,
    issuer: issuer.issuer,
    engine: config.value.upstreams[0].url,
    demo: engine !== undefined,
  };
  for (const line of pasteLines({ ...places, database: config.value.database, accessToken })) call.say(line);
  return config.value;
}

async function startEngine(call: Call) {
  const { startDemoEngine } = await loadDemoEngine();
  return startDemoEngine({ log: (line) => call.tell(`engine: ${line}`) });
}
