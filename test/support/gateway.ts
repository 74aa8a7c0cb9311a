import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "./free-port.ts";

const MAIN = resolve(import.meta.dirname, "../../services/gateway/dist/main.js");
const START_LIMIT_MS = 20_000;

export interface GatewayProcess {
  readonly url: string;
  readonly port: number;
  /** Its data: the database and the secret beside it. */
  readonly folder: string;
  readonly pid: number;
  /** Everything written so far, both streams. */
  output(): string;
  /** Stops it by process id and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface GatewayOptions {
  /** Environment of the gateway: nothing of ours leaks in but `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Reuses data of an earlier process; it is then not removed at the end. */
  readonly folder?: string;
  readonly port?: number;
}

/** Starts the real program as it is shipped (`build-gateway.ts`) on a free port, with data of its own, and waits until it answers. */
export async function startGateway({
  env = {},
  args = ["serve"],
  ...given
}: GatewayOptions = {}): Promise<GatewayProcess> {
  const port = given.port ?? (await freePort());
  const folder = given.folder ?? (await mkdtemp(join(tmpdir(), "attach-test-")));
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", PORT: String(port), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const url = `http://127.0.0.1:${port}`;
  try {
    await answers(url, child);
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`the gateway did not start: ${String(error)}\n${output}`);
  }
  return {
    url,
    port,
    folder,
    pid: child.pid ?? 0,
    output: () => output,
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, "close");
      }
      if (given.folder === undefined) await rm(folder, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended with ${child.exitCode}`);
    const alive = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (alive) return;
    if (performance.now() > deadline) throw new Error("no answer in time");
    await new Promise((wake) => setTimeout(wake, 25));
  }
}
