import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PROGRAM = resolve(import.meta.dirname, "../../services/gateway/bin/attach-gateway.js");
/** The launcher builds the bundle first when the sources are newer. */
const START_LIMIT_MS = 60_000;

export interface RunningGateway {
  /** Its `PUBLIC_URL`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Runs the real program, as a user would, with nothing of our environment in it and its data in a folder that goes when it
 * ends.
 */
export async function startGateway(settings: {
  readonly port: number;
  readonly issuer: string;
  readonly engine: string;
}): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), "attach-demo-"));
  const child = spawn(process.execPath, [PROGRAM, "serve"], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "",
      PORT: String(settings.port),
      OIDC_ISSUER: settings.issuer,
      ENGINE_URL: settings.engine,
      DATABASE_URL: `sqlite:${join(folder, "attach.db")}`,
      LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said = (said + chunk).slice(-4000);
    });
  }
  const ended = once(child, "close");
  const running = () => child.exitCode === null && child.signalCode === null;
  // Whatever ends this program, the gateway goes with it.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);

  const close = async () => {
    if (running()) child.kill("SIGTERM");
    await ended;
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://localhost:${settings.port}`;
  try {
    await untilAlive(url, running);
  } catch (error) {
    await close();
    throw new Error(`the gateway did not start: ${(error as Error).message}\n${said}`);
  }
  return { url, close };
}

async function untilAlive(url: string, running: () => boolean): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline) {
    if (!running()) throw new Error("it ended");
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((wake) => setTimeout(wake, 25));
  }
  throw new Error("no answer in time");
}

/** A port that is free now: the preferred one, else any. */
export async function freePort(preferred = 0): Promise<number> {
  const probe = createServer();
  const bound = await new Promise<boolean>((settle) => {
    probe.once("error", () => settle(false));
    probe.listen(preferred, "127.0.0.1", () => settle(true));
  });
  if (!bound) return freePort();
  const { port } = probe.address() as AddressInfo;
  await new Promise((settle) => probe.close(settle));
  return port;
}
